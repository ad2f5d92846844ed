import { isUtf8 } from 'node:buffer';
import { INVALID_PAYLOAD, NO_STATUS, PROTOCOL_ERROR, TOO_BIG } from '../protocol/closeCodes.ts';
import { GrowingBytes } from './GrowingBytes.ts';
import { type Holder, noteHeld } from './heldBytes.ts';
import { SkippedMessage } from './SkippedMessage.ts';

// RFC 6455, section 5.2.
const FINAL = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const MASKED = 0x80;
const MEDIUM = 126;
const LARGE = 127;
/** The longest payload of a ping, a pong or a close frame. */
const MAX_CONTROL = 125;

/** A longer message ends its socket, as it does on Cloudflare (developers.cloudflare.com/workers/platform/limits). */
export const MAX_MESSAGE_LENGTH = 32 * 1_048_576;

/** What decoding makes of bytes that are not UTF-8. */
const NOT_UTF8 = '\uFFFD';

/** The codes that a close frame may have: those of the standard, and those of libraries and applications. */
const VALID_CODE = /^(?:100[0-37-9]|101[0-4]|[34]\d{3})$/;

/** Whether a close frame may have a code. */
export function isCloseCode(code: number): boolean {
  return VALID_CODE.test(String(code));
}

/** Handles what a client sends. */
interface FrameHandler {
  /** Bytes that a message may have. A longer one is skipped. */
  readonly maxMessageBytes: number;
  received(frame: string | ArrayBuffer): void;
  /**
   * A message was not kept.
   *
   * @param end what shows its `dst`.
   * @param length of the whole, in bytes.
   */
  skipped(end: ArrayBuffer, length: number): void;
  /** @param data is valid only during the call. */
  pinged(data: Buffer): void;
  ponged(): void;
  /** The client closes the socket. Without a code it is 1005. */
  concluded(code: number, reason: string): void;
  /** The client has broken the protocol, so the socket is to be closed with this code. */
  broke(code: number): void;
}

/**
 * Reads the frames of a client (RFC 6455, section 5). Nearly all are whole texts, which are unmasked and
 * decoded in place.
 */
export class IncomingFrames implements Holder {
  readonly #handler: FrameHandler;
  /** The beginning of a frame that has not arrived as a whole, and how many bytes to wait for. */
  #beginning: GrowingBytes | undefined;
  #awaited = 0;
  /** The parts of a message that comes in several frames, and the opcode of the first of them. */
  #message: GrowingBytes | undefined;
  #opcode = 0;
  /** A message that is too long to be kept. */
  #skipped: SkippedMessage | undefined;
  #mustSkip = false;
  #isHolding = false;
  /** After a close frame, or a broken one, nothing is read. */
  #isOver = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  get heldBytes(): number {
    return (this.#beginning?.size ?? 0) + (this.#message?.size ?? 0);
  }

  /** Reads a chunk, which is unmasked where it lies. */
  read(arrived: Buffer): void {
    this.#read(arrived);
    this.#noteHeld();
  }

  letGo(): void {
    const beginning = this.#beginning?.bytes;
    this.#beginning = undefined;
    if (this.#message !== undefined) {
      this.#skipped = new SkippedMessage();
      this.#skipped.add(this.#message.bytes);
      this.#message = undefined;
    }
    this.#mustSkip = true;
    if (beginning !== undefined) this.#read(beginning);
    this.#mustSkip = false;
    this.#noteHeld();
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true;
    this.#beginning = undefined;
    this.#message = undefined;
    this.#noteHeld();
  }

  #noteHeld(): void {
    const isHolding = this.#beginning !== undefined || this.#message !== undefined;
    if (isHolding || this.#isHolding) noteHeld(this);
    this.#isHolding = isHolding;
  }

  #read(arrived: Buffer): void {
    let chunk = arrived;
    if (this.#beginning !== undefined) {
      this.#beginning.add(arrived);
      if (this.#beginning.length < this.#awaited) return;
      chunk = this.#beginning.bytes;
      this.#beginning = undefined;
    }
    for (let at = 0; at < chunk.length && !this.#isOver; ) {
      if (this.#skipped?.isInFrame) {
        at = this.#skip(this.#skipped, chunk, at);
        continue;
      }
      const start = at + headerLength(chunk, at);
      let end = start;
      if (start <= chunk.length) {
        const fault = this.#faultOf(chunk, at);
        if (fault !== undefined) {
          this.#break(fault);
          return;
        }
        const length = payloadLength(chunk, at);
        if (this.#mayKeep(chunk[at] ?? 0, length)) {
          end += length;
        } else {
          at = this.#beginToSkip(chunk, at, start);
          continue;
        }
      }
      if (end > chunk.length) {
        this.#awaited = end - at;
        this.#beginning = new GrowingBytes(this.#awaited);
        this.#beginning.add(chunk.subarray(at));
        return;
      }
      applyMask(chunk, start, end);
      this.#readPayload(chunk[at] ?? 0, chunk, start, end);
      at = end;
    }
  }

  /** The code for what is wrong with a frame, as far as its header shows it. */
  #faultOf(chunk: Buffer, at: number): number | undefined {
    const first = chunk[at] ?? 0;
    const length = payloadLength(chunk, at);
    if ((first & RESERVED) !== 0 || (chunk[at + 1] ?? 0) < MASKED) return PROTOCOL_ERROR;
    switch (first & OPCODE) {
      case TEXT:
      case BINARY:
        if (this.#lengthSoFar !== undefined) return PROTOCOL_ERROR;
        return length > MAX_MESSAGE_LENGTH ? TOO_BIG : undefined;
      case CONTINUATION:
        if (this.#lengthSoFar === undefined) return PROTOCOL_ERROR;
        return this.#lengthSoFar + length > MAX_MESSAGE_LENGTH ? TOO_BIG : undefined;
      case CLOSE:
      case PING:
      case PONG:
        // Also a short length that is written long is wrong here.
        return first < FINAL || (chunk[at + 1] ?? 0) > MASKED + MAX_CONTROL
          ? PROTOCOL_ERROR
          : undefined;
      default:
        return PROTOCOL_ERROR;
    }
  }

  /** Of a message that comes in several frames. */
  get #lengthSoFar(): number | undefined {
    return this.#skipped?.length ?? this.#message?.length;
  }

  /** Whether a frame may be held until it is there as a whole. */
  #mayKeep(first: number, length: number): boolean {
    if ((first & OPCODE) >= CLOSE) return true;
    if (this.#skipped !== undefined || this.#mustSkip) return false;
    return (this.#message?.length ?? 0) + length <= this.#handler.maxMessageBytes;
  }

  /** Begins to skip a frame, and its message with it. */
  #beginToSkip(chunk: Buffer, at: number, start: number): number {
    this.#skipped ??= new SkippedMessage();
    if (this.#message !== undefined) this.#skipped.add(this.#message.bytes);
    this.#message = undefined;
    const isFinal = (chunk[at] ?? 0) >= FINAL;
    this.#skipped.begin(chunk.subarray(start - 4, start), payloadLength(chunk, at), isFinal);
    return this.#skip(this.#skipped, chunk, start);
  }

  #skip(skipped: SkippedMessage, chunk: Buffer, at: number): number {
    const end = skipped.read(chunk, at);
    if (skipped.isOver) {
      this.#skipped = undefined;
      this.#handler.skipped(skipped.end, skipped.length);
    }
    return end;
  }

  #readPayload(first: number, chunk: Buffer, start: number, end: number): void {
    const opcode = first & OPCODE;
    switch (opcode) {
      case CLOSE:
        this.#readClose(chunk.subarray(start, end));
        return;
      case PING:
        this.#handler.pinged(chunk.subarray(start, end));
        return;
      case PONG:
        this.#handler.ponged();
        return;
      default:
        if (first >= FINAL && opcode !== CONTINUATION) this.#deliver(opcode, chunk, start, end);
        else this.#gather(first, chunk.subarray(start, end));
    }
  }

  #gather(first: number, part: Buffer): void {
    if (this.#message === undefined) {
      this.#message = new GrowingBytes(this.#handler.maxMessageBytes);
      this.#opcode = first & OPCODE;
    }
    this.#message.add(part);
    if (first < FINAL) return;
    const { bytes } = this.#message;
    this.#message = undefined;
    this.#deliver(this.#opcode, bytes, 0, bytes.length);
  }

  #deliver(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === BINARY) {
      this.#handler.received(new Uint8Array(bytes.subarray(start, end)).buffer);
      return;
    }
    const text = bytes.toString('utf8', start, end);
    const isValid = !text.includes(NOT_UTF8) || isUtf8(bytes.subarray(start, end));
    if (isValid) this.#handler.received(text);
    else this.#break(INVALID_PAYLOAD);
  }

  #readClose(payload: Buffer): void {
    const { length } = payload;
    const code = length === 0 ? NO_STATUS : length === 1 ? 0 : payload.readUInt16BE();
    const reason = payload.subarray(2);
    if (length > 0 && !isCloseCode(code)) {
      this.#break(PROTOCOL_ERROR);
    } else if (!isUtf8(reason)) {
      this.#break(INVALID_PAYLOAD);
    } else {
      this.#isOver = true;
      this.#handler.concluded(code, reason.toString());
    }
  }

  #break(code: number): void {
    this.#isOver = true;
    this.#handler.broke(code);
  }
}

/** The length of the header of a frame, as far as it is known. */
function headerLength(chunk: Buffer, at: number): number {
  const second = chunk[at + 1] ?? 0;
  const short = second % MASKED;
  const mask = second >= MASKED ? 4 : 0;
  return 2 + mask + (short === LARGE ? 8 : short === MEDIUM ? 2 : 0);
}

function payloadLength(chunk: Buffer, at: number): number {
  const short = (chunk[at + 1] ?? 0) % MASKED;
  if (short === LARGE) return Number(chunk.readBigUInt64BE(at + 2));
  return short === MEDIUM ? chunk.readUInt16BE(at + 2) : short;
}

const maskBytes = new Uint8Array(4);
/** The same memory, read as one word. */
const maskWord = new Int32Array(maskBytes.buffer);

/**
 * Takes the mask off a payload: it is the four bytes before. Word by word, which takes 0.5 µs for an offer
 * of 2,700 bytes, and 1.8 µs byte by byte.
 */
function applyMask(chunk: Buffer, start: number, end: number): void {
  // A typed array of words begins at a fourth byte.
  const first = Math.min(end, start + (-(chunk.byteOffset + start) & 3));
  const count = (end - first) >> 2;
  applyMaskByBytes(chunk, start, start, first);
  if (count > 0) {
    for (let at = 0; at < 4; at += 1) maskBytes[at] = maskByte(chunk, start, first + at);
    const word = maskWord[0] ?? 0;
    const words = new Int32Array(chunk.buffer, chunk.byteOffset + first, count);
    for (let at = 0; at < count; at += 1) words[at] = (words[at] ?? 0) ^ word;
  }
  applyMaskByBytes(chunk, start, first + 4 * count, end);
}

function applyMaskByBytes(chunk: Buffer, start: number, from: number, to: number): void {
  for (let at = from; at < to; at += 1) chunk[at] = (chunk[at] ?? 0) ^ maskByte(chunk, start, at);
}

function maskByte(chunk: Buffer, start: number, at: number): number {
  return chunk[start - 4 + ((at - start) & 3)] ?? 0;
}
