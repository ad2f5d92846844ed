/**
 * WebSocket frames as a client sends them (RFC 6455, section 5.2), made once and sent often, so that
 * the load generator does not become what is measured.
 */

/** A client has to mask. Any key is valid; the zero key is not used, as `ws` skips its work for it. */
const MASK = Buffer.from([0x5a, 0xc3, 0x96, 0x0f]);

const TEXT = 0x1;
const CLOSE = 0x8;
const PONG = 0xa;
/** Marks a message that is compressed (RFC 7692, section 6). */
export const RSV1 = 0x40;

/** The place in a message for what differs each time it is sent. */
const STAMP_MARK = '"stamp":"';
const BLANK_STAMP = '00000000.000000000000';
const mark = Buffer.from(STAMP_MARK);

/** A message of which each copy carries its own number and the time that it was sent. */
export interface MessageTemplate {
  readonly type: 'OFFER' | 'ANSWER' | 'CANDIDATE';
  readonly src: string;
  readonly dst: string;
  /** The payload as JSON text, with a blank stamp. */
  readonly payload: string;
  /** The message as JSON text, with a blank stamp, and as the frame that carries it. */
  readonly text: string;
  readonly frame: Buffer;
  readonly stampStart: number;
}

/** What a stamp says. */
interface Stamp {
  readonly sequence: number;
  /** In milliseconds, on the clock of `now`. */
  readonly sentAt: number;
}

/** Milliseconds, to the microsecond, since the process started. */
export const now = (): number => performance.now();

/**
 * A message as PeerJS 1.5.5 sends it, in its fields and in its size.
 *
 * @param size of the SDP or of the candidate, in characters.
 */
export function messageTemplate(
  type: MessageTemplate['type'],
  src: string,
  dst: string,
  size: number,
): MessageTemplate {
  const common = { stamp: BLANK_STAMP, type: 'data', connectionId: 'dc_qk3m7v0x2ab' };
  const filler = sdpLines(size);
  const payload = JSON.stringify(
    type === 'CANDIDATE'
      ? { ...common, candidate: { candidate: filler, sdpMLineIndex: 0, sdpMid: '0' } }
      : { ...common, sdp: { type: type.toLowerCase(), sdp: filler } },
  );
  const text = `{"type":"${type}","payload":${payload},"dst":${JSON.stringify(dst)}}`;
  const frame = clientFrame(TEXT, Buffer.from(text));
  const headerSize = frame.length - Buffer.byteLength(text);
  const stampStart = headerSize + text.indexOf(STAMP_MARK) + STAMP_MARK.length;
  return { type, src, dst, payload, text, frame, stampStart };
}

/** What PeerJS sends every 5 s. */
export const HEARTBEAT = textFrame('{"type":"HEARTBEAT"}');
export const BEAT_EVERY_MS = 5000;

/** A frame of fixed text. */
export function textFrame(text: string): Buffer {
  return clientFrame(TEXT, Buffer.from(text));
}

/** What a browser sends when a page is closed: code 1001. */
export const GOING_AWAY_FRAME = clientFrame(CLOSE, Buffer.from([0x03, 0xe9]));

export function pongFrame(payload: Buffer): Buffer {
  return clientFrame(PONG, payload);
}

/** A copy of the message, with its stamp. */
export function stampedFrame(template: MessageTemplate, sequence: number): Buffer {
  const frame = Buffer.allocUnsafe(template.frame.length);
  template.frame.copy(frame);
  const { stampStart } = template;
  writeDigits(frame, stampStart, 8, sequence);
  writeDigits(frame, stampStart + 9, 12, Math.round(now() * 1000));
  return frame;
}

/** Reads the stamp of a message that came, or undefined where there is none. */
export function readStamp(text: Buffer): Stamp | undefined {
  const found = text.indexOf(mark);
  if (found === -1) return undefined;
  const start = found + mark.length;
  return {
    sequence: readDigits(text, start, 8),
    sentAt: readDigits(text, start + 9, 12) / 1000,
  };
}

/** The payload that a message of this template arrives with. */
export function expectedPayload(template: MessageTemplate, received: Buffer): string {
  const start = received.indexOf(mark) + mark.length;
  const stamp = received.toString('latin1', start, start + BLANK_STAMP.length);
  return template.payload.replace(BLANK_STAMP, stamp);
}

/** The same message, compressed, of a frame of text. */
export function compressedFrame(frame: Buffer, compress: (message: Buffer) => Buffer): Buffer {
  const short = (frame[1] ?? 0) & 0x7f;
  const start = 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + MASK.length;
  return clientFrame(TEXT | RSV1, compress(masked(frame.subarray(start))));
}

function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extra + MASK.length);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) header.writeUInt16BE(length, 2);
  if (extra === 8) header.writeBigUInt64BE(BigInt(length), 2);
  MASK.copy(header, 2 + extra);
  return Buffer.concat([header, masked(payload)]);
}

/** Masks, or takes the mask away. The offset of each byte in the payload chooses its byte of the key. */
function masked(payload: Buffer): Buffer {
  const result = Buffer.allocUnsafe(payload.length);
  for (let index = 0; index < payload.length; index += 1) {
    result[index] = (payload[index] ?? 0) ^ (MASK[index & 3] ?? 0);
  }
  return result;
}

/** Writes a number in decimal, masked, over digits that are masked zeros. */
function writeDigits(frame: Buffer, start: number, count: number, value: number): void {
  let rest = value;
  for (let index = start + count - 1; index >= start; index -= 1) {
    const tens = Math.floor(rest / 10);
    // A digit differs from '0' only in its lowest bits, so masking commutes with this XOR.
    frame[index] = (frame[index] ?? 0) ^ (rest - tens * 10);
    rest = tens;
  }
}

function readDigits(text: Buffer, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index += 1) {
    value = value * 10 + (text[index] ?? 0) - 48;
  }
  return value;
}

/** Text that looks like an SDP: no two lines alike, and line breaks, which JSON escapes. */
function sdpLines(size: number): string {
  let text = '';
  for (let index = 1; text.length < size; index += 1) {
    text += `a=candidate:${index * 7919} 1 udp ${2_130_706_431 - index} 192.168.1.${index % 256} ${49_152 + index} typ host generation 0 ufrag x${index}\r\n`;
  }
  return text.slice(0, size);
}
