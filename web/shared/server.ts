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
  return {
    ...hostOptions(),
    path: `/room/${encodeURIComponent(room)}`,
    key,
    config: { iceServers },
  };
}
