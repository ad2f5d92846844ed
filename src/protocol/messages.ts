/**
 * The frames of the PeerJS protocol, as the client `peerjs` 1.5.5 and the server `peer` 1.0.2
 * speak it. All frames are JSON text. docs/protocol.md shows each exchange.
 */

/** What one client may say to another. */
export const RELAYED_TYPES = ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'] as const;
export type RelayedType = (typeof RELAYED_TYPES)[number];

/** What a client may send; the official server ignores every other type. */
export type ClientMessageType = 'HEARTBEAT' | RelayedType;

/** One frame of a client, read and checked. */
export interface ClientMessage {
  readonly type: ClientMessageType;
  /** The id of the peer it is for. Empty where the client named nobody. */
  readonly dst: string;
  /** Passed on as it came; the server never looks inside. */
  readonly payload: unknown;
}

/**
 * The heartbeat, to the letter, as PeerJS sends it every 5 s, and its answer. The runtime answers
 * a frame of exactly this text without waking the coordinator.
 *
 * The answer names no peer, so PeerJS closes no connection at it. Nothing milder is known: PeerJS
 * warns at an echo, and other clients stop at an echo or at an empty frame.
 */
export const HEARTBEAT = '{"type":"HEARTBEAT"}';
export const HEARTBEAT_ANSWER = '{"type":"LEAVE"}';

/**
 * Tells a client that its id is registered. It stays bare: some clients fail at a payload.
 */
export const OPEN = '{"type":"OPEN"}';

/**
 * The frame a relayed message travels in. Only these four fields are passed on, as in the official
 * server; `src` is what the server knows, never what the client claims.
 *
 * @returns undefined where the payload is nested too deeply to be written, though it could be read:
 *   JSON.stringify is recursive and JSON.parse is not.
 */
export function relayFrame(message: ClientMessage, src: string): string | undefined {
  const { type, dst, payload } = message;
  try {
    return JSON.stringify({ type, src, dst, payload });
  } catch {
    return undefined;
  }
}

/** Tells `sender` that its messages to `absent` were never delivered: PeerJS emits `peer-unavailable`. */
export function expireFrame(sender: string, absent: string): string {
  return JSON.stringify({ type: 'EXPIRE', src: absent, dst: sender });
}

/** Tells a room member that `gone` has left for good: PeerJS closes its connections to it. */
export function leaveFrame(gone: string): string {
  return JSON.stringify({ type: 'LEAVE', src: gone });
}
