/** The first byte of a frame: a text, and all of it. */
const FINAL_TEXT = '\x81';
const FINAL_CLOSE = '\x88';
const FINAL_PONG = '\x8a';
/** A ping without data. */
export const PING = '\x89\x00';
/** Longer texts need two more bytes for their length, and still longer ones eight (RFC 6455, section 5.2). */
const MAX_SHORT = 125;
const MAX_MEDIUM = 65_535;

/**
 * The WebSocket frames of a server that carry these texts, in one piece.
 *
 * @returns a string of which each character is a byte: the stream then needs no buffer for it.
 */
export function textFrames(texts: readonly string[]): string {
  let frames = '';
  let longer = 0;
  for (const text of texts) {
    const header = frameHeader(text.length);
    longer += utf8Growth(header);
    frames += header + text;
  }
  // If each character of the texts is one byte, they are ASCII. Asking each text by itself would copy it.
  return utf8Growth(frames) === longer ? frames : texts.map(utf8Frame).join('');
}

function utf8Frame(text: string): string {
  const payload = utf8Bytes(text);
  return frameHeader(payload.length) + payload;
}

/** How many more bytes a text has in UTF-8 than characters. */
function utf8Growth(text: string): number {
  return Buffer.byteLength(text) - text.length;
}

/** The longest reason of a close frame. */
export const MAX_REASON_BYTES = 123;

/** The close frame of a server. Without a code it is empty. */
export function closeFrame(code: number | undefined, reason: string): string {
  if (code === undefined) return `${FINAL_CLOSE}\x00`;
  const payload = bytes(code, 2) + utf8Bytes(reason);
  return FINAL_CLOSE + String.fromCharCode(payload.length) + payload;
}

/** The answer to a ping, with the same data: 125 bytes at most. */
export function pongFrame(data: Buffer): string {
  return FINAL_PONG + String.fromCharCode(data.length) + data.toString('latin1');
}

function frameHeader(length: number): string {
  if (length <= MAX_SHORT) return FINAL_TEXT + String.fromCharCode(length);
  if (length <= MAX_MEDIUM) return `${FINAL_TEXT}\x7e${bytes(length, 2)}`;
  return `${FINAL_TEXT}\x7f${bytes(length, 8)}`;
}

/** A number as this many bytes, the highest first. */
function bytes(value: number, count: number): string {
  let text = '';
  for (let left = value; text.length < count; left = Math.floor(left / 256)) {
    text = String.fromCharCode(left % 256) + text;
  }
  return text;
}

function utf8Bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
