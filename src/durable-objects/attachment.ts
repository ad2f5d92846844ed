import type { Counters } from '../metrics/Counters.ts';
import type { PeerRecord } from '../room/records.ts';

/**
 * What survives hibernation, on each socket: what the room has to know of the peer that speaks on it.
 * `null` once it speaks for nobody.
 * https://developers.cloudflare.com/durable-objects/best-practices/websockets/
 */
export interface Attachment extends PeerRecord {
  /** On one socket of the coordinator: what was counted and not reported yet. */
  readonly unreported: Counters | undefined;
}

export function readAttachment(socket: WebSocket): Attachment | null {
  return socket.deserializeAttachment() as Attachment | null;
}

export function writeAttachment(socket: WebSocket, attachment: Attachment | null): void {
  socket.serializeAttachment(attachment);
}
