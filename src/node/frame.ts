const FINAL_TEXT = 0x81;
/** Longer texts need two more bytes for their length, and still longer ones eight (RFC 6455, section 5.2). */
const MAX_SHORT = 125;
const MAX_MEDIUM = 65_535;

/** Texts as the WebSocket frames that carry them, from a server, in one piece. */
export function textFrames(texts: readonly string[]): Buffer {
  let size = 0;
  const lengths: number[] = [];
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    lengths.push(length);
    size += length + (length <= MAX_SHORT ? 2 : length <= MAX_MEDIUM ? 4 : 10);
  }
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? 0;
    frames[at] = FINAL_TEXT;
    if (length <= MAX_SHORT) {
      frames[at + 1] = length;
      at += 2;
    } else if (length <= MAX_MEDIUM) {
      frames[at + 1] = 126;
      frames[at + 2] = length >> 8;
      frames[at + 3] = length & 0xff;
      at += 4;
    } else {
      frames[at + 1] = 127;
      frames.writeBigUInt64BE(BigInt(length), at + 2);
      at += 10;
    }
    // Where every character is one byte, it is ASCII, which is copied fastest as what it is.
    at += frames.write(text, at, length, length === text.length ? 'latin1' : 'utf8');
  }
  return frames;
}
