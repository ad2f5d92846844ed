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
  /**
   * The text of the frame, where it begins with the type and has no other fields than these three:
   * then it can travel as it is. Undefined where not.
   */
  readonly text: string | undefined;
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

/** How the frames of a sender begin, where they are passed on as they came. */
export function frameHead(src: string): string {
  return `{"src":${JSON.stringify(src)},`;
}

/**
 * The frame a relayed message travels in. Only these four fields are passed on, as in the official
 * server; `src` is what the server knows, never what the client claims.
 *
 * PeerJS sends no other fields, so its frame is passed on as it came, with `src` put in front: that
 * is half the work of writing it anew. It is safe because the text has been parsed: it is one object,
 * in which `src` is no key, however spelled, and whose type is the first thing that is read.
 *
 * @param head of `src`, where it was made before.
 * @returns undefined where it has to be written anew and the payload is nested too deeply for that,
 *   though it could be read: JSON.stringify is recursive and JSON.parse is not.
 */
export function relayFrame(
  message: ClientMessage,
  src: string,
  head = frameHead(src),
): string | undefined {
  const { type, dst, payload, text } = message;
  if (text !== undefined) return head + text.slice(1);
  try {
    return JSON.stringify({ type, src, dst, payload });
  } catch {
    return undefined;
  }
}

/**
 * Tells `sender` that its messages to `absent` were never delivered: PeerJS emits `peer-unavailable`.
 *
 * @param absent as the sender named it, which is not always a text.
 */
export function expireFrame(sender: string, absent: unknown): string {
  return JSON.stringify({ type: 'EXPIRE', src: absent, dst: sender });
}

/** Tells a room member that `gone` has left for good: PeerJS closes its connections to it. */
export function leaveFrame(gone: string): string {
  return JSON.stringify({ type: 'LEAVE', src: gone });
}
