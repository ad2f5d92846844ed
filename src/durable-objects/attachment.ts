import type { Counters } from '../metrics/Counters.ts';
import type { Claim } from '../room/claim.ts';

/**
 * What survives hibernation, on each socket: who speaks on it, when it was last heard, and since
 * when it speaks. `null` once it speaks for nobody.
 * https://developers.cloudflare.com/durable-objects/best-practices/websockets/
 */
export interface Attachment extends Claim {
  readonly heardAt: number;
  readonly joinedAt: number;
  /** On one socket of the coordinator: what was counted and not reported yet. */
  readonly unreported: Counters | undefined;
}

export function readAttachment(socket: WebSocket): Attachment | null {
  return socket.deserializeAttachment() as Attachment | null;
}

export function writeAttachment(socket: WebSocket, attachment: Attachment | null): void {
  socket.serializeAttachment(attachment);
}
