import type { PeerRecord } from '../room/Peer.ts';

/**
 * What survives hibernation, on each socket: what the room has to know of the peer that speaks on it.
 * `null` once it speaks for nobody.
 * https://developers.cloudflare.com/durable-objects/best-practices/websockets/
 */
export function readAttachment(socket: WebSocket): PeerRecord | null {
  return socket.deserializeAttachment() as PeerRecord | null;
}

export function writeAttachment(socket: WebSocket, record: PeerRecord | null): void {
  socket.serializeAttachment(record);
}
