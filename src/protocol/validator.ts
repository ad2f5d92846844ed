import type { ClientMessage, ClientMessageType } from './messages.ts';

/** The frame is not JSON, not an object, or has no type. */
export const MALFORMED = Symbol('malformed');
/** The frame is well formed, and the official server ignores it too: its type is not handled. */
export const IGNORED = Symbol('ignored');

/** A message that waits for an answer, to a `dst` that is no text and so is nobody's id. */
export class Misaddressed {
  readonly dst: unknown;

  constructor(dst: unknown) {
    this.dst = dst;
  }
}

/** No id, room name or path segment is longer, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 128;
/** No token is longer: it has to fit, with the id, into the 16,384 bytes of a socket attachment. */
export const MAX_TOKEN_LENGTH = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

const utf8 = new TextDecoder();

/**
 * Reads one frame of a client. A binary frame is read as the JSON text it holds, as the official
 * server does.
 */
export function parseClientMessage(
  frame: string | ArrayBuffer,
): ClientMessage | Misaddressed | typeof MALFORMED | typeof IGNORED {
  const text = typeof frame === 'string' ? frame : utf8.decode(frame);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return MALFORMED;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return MALFORMED;

  const { type, dst, payload } = value as { type?: unknown; dst?: unknown; payload?: unknown };
  if (typeof type !== 'string') return MALFORMED;
  if (!isClientMessageType(type)) return IGNORED;
  if (dst === undefined || dst === null || type === 'HEARTBEAT') {
    return { type, dst: '', payload, text: undefined };
  }
  if (typeof dst !== 'string') {
    return type === 'LEAVE' || type === 'EXPIRE' ? IGNORED : new Misaddressed(dst);
  }
  // JSON has no value that is undefined, so these are as many keys as there are known ones.
  let others = payload === undefined ? -2 : -3;
  for (const _ in value) others += 1;
  // A field may come twice, and a reader may take the first where we take the last. It must not be
  // told another type than was checked, such as the server's own ERROR.
  const isExact = others === 0 && text.startsWith(`{"type":"${type}"`);
  return { type, dst, payload, text: isExact ? text : undefined };
}

/** Whether a frame has more than `limit` bytes on the wire. */
export function isLargerThan(limit: number, frame: string | ArrayBuffer): boolean {
  if (typeof frame !== 'string') return frame.byteLength > limit;
  // A UTF-16 code unit is 1 to 3 bytes of UTF-8, so that most frames need no counting.
  if (frame.length > limit) return true;
  return frame.length * 3 > limit && new TextEncoder().encode(frame).byteLength > limit;
}

/**
 * Whether `name` can be a peer id, a room name or a segment of a realm's path. Half a surrogate pair
 * cannot be: no URL can hold it, but a path in a signed token can.
 */
export function isValidName(name: string): boolean {
  const isShort = name !== '' && name.length <= MAX_NAME_LENGTH;
  return isShort && !CONTROL_CHARACTER.test(name) && name.isWellFormed();
}

/** Whether `token` can prove who owns an id. */
export function isValidToken(token: string): boolean {
  return token !== '' && token.length <= MAX_TOKEN_LENGTH;
}

function isClientMessageType(type: string): type is ClientMessageType {
  switch (type as ClientMessageType) {
    case 'HEARTBEAT':
    case 'OFFER':
    case 'ANSWER':
    case 'CANDIDATE':
    case 'LEAVE':
    case 'EXPIRE':
      return true;
    default:
      return false;
  }
}
