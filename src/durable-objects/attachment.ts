import type { PeerRecord } from '../room/records.ts';

/**
 * What survives hibernation on each socket: what the room must know about its peer. `null` once the
 * socket is mute.
 * https://developers.cloudflare.com/durable-objects/best-practices/websockets/
 */
interface Attachment extends PeerRecord {
  /** On one socket: how often the coordinator has come into memory since its last report. */
  readonly wakes?: number;
}

export function readAttachment(socket: WebSocket): Attachment | null {
  return socket.deserializeAttachment() as Attachment | null;
}

export function writeAttachment(socket: WebSocket, attachment: Attachment | null): void {
  socket.serializeAttachment(attachment);
}
