import { isUtf8 } from 'node:buffer';
import { Receiver, type ReceiverOptions } from './Receiver.ts';

// RFC 6455, section 5.2.
const FINAL_TEXT = 0x81;
const FINAL = 0x80;
const OPCODE = 0x0f;
const CONTINUATION = 0x0;
const BINARY = 0x2;
const MASKED = 0x80;
const MEDIUM = 126;
const LARGE = 127;
/** The longest beginning of a frame: two bytes, eight of its length, and four of its mask. */
const MAX_HEADER = 14;
/** A longer frame is for `ws`, which knows the limit of a message. */
const MAX_LENGTH = 65_536;

/** What decoding makes of bytes that are not UTF-8. */
const NOT_UTF8 = '\uFFFD';

/** Codes of close frames for what a client does wrong (RFC 6455, section 7.4.1). */
const PROTOCOL_ERROR = 1002;
const CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};

/** Gets what a client sends. */
interface FrameHandler {
  /** Whether anything more is handled. */
  readonly isOpen: boolean;
  received(frame: string | ArrayBuffer): void;
  pinged(data: Buffer): void;
  ponged(): void;
  /** The client closes the socket. Without a code it is 1005. */
  concluded(code: number, reason: string): void;
  /** The client has broken the protocol, so the socket is to be closed with this code. */
  broke(code: number): void;
}

/**
 * Reads whole text frames where they lie: nearly all that clients send is such frames, and `ws` takes a
 * fifth of the server's time for them. Everything else is read by `ws`: parts of frames and of messages,
 * binary and control frames, and whatever breaks the protocol. Most sockets need it when they close, and
 * not before.
 */
export class IncomingFrames {
  readonly #handler: FrameHandler;
  readonly #limits: ReceiverOptions;
  /** Undefined until a frame comes that is no whole text. */
  #ws: Receiver | undefined;
  /** Bytes to come that belong to a frame of which `ws` has the beginning. */
  #bytesForWs = 0;
  /** Whether `ws` has the beginning of a message whose end is in another frame. */
  #isFragmented = false;
  /** The beginning of a frame that has not arrived as a whole. */
  #beginning: Buffer | undefined;
  /** After a close frame, or a broken one, nothing is read. */
  #isOver = false;

  constructor(handler: FrameHandler, limits: ReceiverOptions) {
    this.#handler = handler;
    this.#limits = limits;
  }

  /** Reads texts up to the first frame that is none. The rest of the chunk is for `ws`. */
  read(arrived: Buffer): void {
    if (this.#isOver) return;
    const beginning = this.#beginning;
    const chunk = beginning === undefined ? arrived : Buffer.concat([beginning, arrived]);
    this.#beginning = undefined;
    let at = 0;
    if (this.#bytesForWs === 0 && !this.#isFragmented) {
      while (at < chunk.length && this.#handler.isOpen) {
        const payload = at + headerLength(chunk, at);
        const end = payload > chunk.length ? payload : payload + payloadLength(chunk, at);
        if (end > chunk.length || !isShortText(chunk, at, end - at)) break;
        const text = textAt(chunk, payload, end);
        if (text === undefined) break;
        at = end;
        this.#handler.received(text);
      }
    }
    if (at < chunk.length) this.#passToWs(chunk, at);
  }

  /** Passes the rest of a chunk to `ws`, except the beginning of a text at its end. */
  #passToWs(chunk: Buffer, start: number): void {
    let at = start;
    while (at < chunk.length) {
      if (this.#bytesForWs === 0) {
        const header = headerLength(chunk, at);
        const isKnown = at + header <= chunk.length;
        const length = isKnown ? header + payloadLength(chunk, at) : header;
        const mayBeText = !isKnown || isShortText(chunk, at, length);
        if (mayBeText && at + length > chunk.length && !this.#isFragmented) {
          // A copy: the chunk may be large.
          this.#beginning = Buffer.from(chunk.subarray(at));
          break;
        }
        this.#noteFragment(chunk[at] ?? 0);
        this.#bytesForWs = length;
      }
      const bytes = Math.min(this.#bytesForWs, chunk.length - at);
      this.#bytesForWs -= bytes;
      at += bytes;
    }
    if (at > start) this.#receiver.write(chunk.subarray(start, at));
  }

  get #receiver(): Receiver {
    this.#ws ??= this.#newReceiver();
    return this.#ws;
  }

  #newReceiver(): Receiver {
    const handler = this.#handler;
    return new Receiver({ ...this.#limits, isServer: true })
      .on('message', (data, isBinary) => {
        handler.received(isBinary ? Uint8Array.from(data).buffer : data.toString());
      })
      .on('ping', (data) => handler.pinged(data))
      .on('pong', () => handler.ponged())
      .on('conclude', (code, reason) => {
        this.#isOver = true;
        handler.concluded(code, reason.toString());
      })
      .on('error', ({ code = '' }) => {
        this.#isOver = true;
        handler.broke(CODES[code] ?? PROTOCOL_ERROR);
      });
  }

  #noteFragment(first: number): void {
    const opcode = first & OPCODE;
    if (opcode <= BINARY && first < FINAL) this.#isFragmented = true;
    else if (opcode === CONTINUATION) this.#isFragmented = false;
  }
}

/** Whether a frame is a whole text of a client, and short enough to be read here. */
function isShortText(chunk: Buffer, at: number, length: number): boolean {
  return chunk[at] === FINAL_TEXT && (chunk[at + 1] ?? 0) >= MASKED && length <= MAX_LENGTH;
}

/** The length of the header of a frame, or more than there is if that is not known yet. */
function headerLength(chunk: Buffer, at: number): number {
  const second = chunk[at + 1];
  if (second === undefined) return MAX_HEADER;
  const short = second % MASKED;
  const mask = second >= MASKED ? 4 : 0;
  return 2 + mask + (short === LARGE ? 8 : short === MEDIUM ? 2 : 0);
}

function payloadLength(chunk: Buffer, at: number): number {
  const short = (chunk[at + 1] ?? 0) % MASKED;
  if (short === LARGE) return Number(chunk.readBigUInt64BE(at + 2));
  return short === MEDIUM ? chunk.readUInt16BE(at + 2) : short;
}

/** The text of a masked payload. Undefined, with the payload as it was, if it is not UTF-8. */
function textAt(chunk: Buffer, start: number, end: number): string | undefined {
  applyMask(chunk, start, end);
  const text = chunk.toString('utf8', start, end);
  if (!text.includes(NOT_UTF8) || isUtf8(chunk.subarray(start, end))) return text;
  applyMask(chunk, start, end);
  return undefined;
}

/** Masks a payload with the four bytes before it, or takes the mask off. */
function applyMask(chunk: Buffer, start: number, end: number): void {
  const a = chunk[start - 4] ?? 0;
  const b = chunk[start - 3] ?? 0;
  const c = chunk[start - 2] ?? 0;
  const d = chunk[start - 1] ?? 0;
  let at = start;
  for (; at + 3 < end; at += 4) {
    chunk[at] = (chunk[at] ?? 0) ^ a;
    chunk[at + 1] = (chunk[at + 1] ?? 0) ^ b;
    chunk[at + 2] = (chunk[at + 2] ?? 0) ^ c;
    chunk[at + 3] = (chunk[at + 3] ?? 0) ^ d;
  }
  if (at < end) chunk[at] = (chunk[at] ?? 0) ^ a;
  if (at + 1 < end) chunk[at + 1] = (chunk[at + 1] ?? 0) ^ b;
  if (at + 2 < end) chunk[at + 2] = (chunk[at + 2] ?? 0) ^ c;
}
