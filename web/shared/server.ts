import type { PeerOptions } from 'peerjs';

/** The folder of this page: `/`, unless a proxy serves the server below a path. */
const { pathname: root } = new URL('.', location.href);

/** The full path of a path of this server, for a client on this page's origin. */
export function pathHere(path: string): string {
  return path === '/' ? root : `${root}${path.slice(1)}`;
}

/** The host of this page, as options of PeerJS. */
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
