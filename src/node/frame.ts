const FINAL_TEXT = 0x81;
/** Longer texts need two more bytes for their length, and still longer ones eight (RFC 6455, section 5.2). */
const MAX_SHORT = 125;
const MAX_MEDIUM = 65_535;

/** Texts as the WebSocket frames that carry them, from a server, in one piece. */
export function textFrames(texts: readonly string[]): Buffer {
  let size = 0;
  for (const text of texts) size += frameSize(Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const text of texts) at = writeFrame(frames, at, text);
  return frames;
}

function frameSize(length: number): number {
  return length + (length <= MAX_SHORT ? 2 : length <= MAX_MEDIUM ? 4 : 10);
}

/** @returns where the next one begins. */
function writeFrame(frames: Buffer, start: number, text: string): number {
  const length = Buffer.byteLength(text);
  let at = start;
  frames[at++] = FINAL_TEXT;
  if (length <= MAX_SHORT) {
    frames[at++] = length;
  } else if (length <= MAX_MEDIUM) {
    frames[at++] = 126;
    at = frames.writeUInt16BE(length, at);
  } else {
    frames[at++] = 127;
    at = frames.writeBigUInt64BE(BigInt(length), at);
  }
  // Where every character is one byte, it is ASCII, which is copied fastest as what it is.
  return at + frames.write(text, at, length, length === text.length ? 'latin1' : 'utf8');
}
