/**
 * The frames of the PeerJS protocol, as the client `peerjs` 1.5.5 and the server `peer` 1.0.2
 * speak it. All frames are JSON text. docs/protocol.md says when each is sent.
 */

const utf8 = new TextEncoder();

/** The messages that one client may send to another. */
export const RELAYED_TYPES = ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE', 'RELAY'] as const;
export type RelayedType = (typeof RELAYED_TYPES)[number];

/**
 * What a client may send; every other type is ignored, as by the official server. `ROOM` and `RELAY`
 * are this server's own: see docs/rooms.md.
 */
export type ClientMessageType = 'HEARTBEAT' | 'ROOM' | RelayedType;

/** One frame of a client, read and checked. */
export interface ClientMessage {
  readonly type: ClientMessageType;
  /** The id of the receiver. Empty if the client named none. */
  readonly dst: string;
  /** Passed on as it came; the server never looks inside. */
  readonly payload: unknown;
  /**
   * The text of the frame, if it begins with the type and has no fields but these three: it can
   * then be passed on as it is. Otherwise undefined.
   */
  readonly text: string | undefined;
}

/**
 * The heartbeat, exactly as PeerJS sends it every 5 s, and its answer. The runtime answers a frame
 * of exactly this text without waking the coordinator.
 *
 * The answer names no peer, so PeerJS closes no connection. No other answer is known to be
 * harmless: PeerJS warns at an echo, and other clients fail at an echo or at an empty frame.
 */
export const HEARTBEAT = '{"type":"HEARTBEAT"}';
export const HEARTBEAT_ANSWER = '{"type":"LEAVE"}';

/** Tells a client that its id is registered. It has no payload, since some clients fail at one. */
export const OPEN = '{"type":"OPEN"}';

/** The beginning of a sender's frames that are passed on as they came. */
export function frameHead(src: string): string {
  return `{"src":${JSON.stringify(src)},`;
}

/**
 * The frame in which a message is passed on. As in the official server, it has these four fields
 * alone, and `src` is what the server knows, never what the client claims.
 *
 * PeerJS sends no other fields, so its frame is passed on as it came, with `src` put in front: that
 * is half the work of writing it again. It is safe because the text was parsed: it is one object
 * that begins with its type and has no key `src`, however that is escaped.
 *
 * @param head is `frameHead(src)`. A caller that sends many frames keeps it.
 * @returns undefined if the frame must be written again and its payload is nested too deeply:
 *   JSON.stringify is recursive, and JSON.parse is not.
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
 * The RELAY frames for the other members.
 *
 * @returns undefined if the payload is nested too deeply: JSON.stringify is recursive, and JSON.parse
 *   is not.
 */
export function relayPayloadFrame(
  src: string,
  payload: unknown,
): { readonly bytes: number; frame(dst: string): string } | undefined {
  let body: string;
  try {
    body = JSON.stringify(payload) ?? 'null';
  } catch {
    return undefined;
  }
  const head = `{"type":"RELAY","src":${JSON.stringify(src)},"dst":`;
  return {
    bytes: utf8.encode(body).length,
    frame: (dst) => `${head}${JSON.stringify(dst)},"payload":${body}}`,
  };
}

/**
 * Tells `sender` that its messages to `absent` were never delivered: PeerJS emits
 * `peer-unavailable`.
 *
 * @param absent as the sender named it; not always a string.
 */
export function expireFrame(sender: string, absent: unknown): string {
  return JSON.stringify({ type: 'EXPIRE', src: absent, dst: sender });
}

/** Tells a room member that the page of `gone` is gone: PeerJS closes its connections to it. */
export function leaveFrame(gone: string): string {
  return JSON.stringify({ type: 'LEAVE', src: gone });
}
