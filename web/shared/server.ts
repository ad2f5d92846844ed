import type { PeerOptions } from 'peerjs';

const { dataset } = document.documentElement;

/** How many players a room of this server holds. */
export const seats = Number(dataset.seats);

/** Where this page came from, as PeerJS wants it. */
export function hostOptions(): { host: string; port: number; secure: boolean } {
  const { hostname, port, protocol } = location;
  const secure = protocol === 'https:';
  return { host: hostname, port: Number(port) || (secure ? 443 : 80), secure };
}

/** Options of a peer in a room of this server. */
export function peerOptions(room: string, key: string, iceServers: RTCIceServer[]): PeerOptions {
  return { ...hostOptions(), path: `/room/${room}`, key, config: { iceServers } };
}

/**
 * A few random letters and digits that are not easily mistaken for each other. Not a secret.
 * `crypto.randomUUID` is not there on a page that came over plain HTTP.
 */
export function randomName(length: number): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}
