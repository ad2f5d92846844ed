import type { PeerOptions } from 'peerjs';

const { dataset } = document.documentElement;

/** How many players a room of this server holds. */
export const seats = Number(dataset.seats);

/** The folder of this page, `/` but behind a proxy that serves the server below a path. */
const { pathname: root } = new URL('.', location.href);

/** A path of this server, as a client of this page's origin has to name it. */
export function pathHere(path: string): string {
  return path === '/' ? root : `${root}${path.slice(1)}`;
}

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
    path: pathHere(`/room/${encodeURIComponent(room)}`),
    key,
    config: { iceServers },
  };
}
