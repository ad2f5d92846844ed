import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';

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

/** A WebSocket that gets the texts that come on its stream. */
interface TextSocket extends WebSocket {
  received(text: string): void;
  /** Nothing more can come. */
  ended(): void;
}

const TEXTS = Symbol('texts');

/** The stream of a socket. */
interface TextStream extends Duplex {
  [TEXTS]?: IncomingTexts;
}

/** A listener of `ws`, or one in its place, for the bytes that arrive on a stream, or for its end. */
interface Listener {
  (this: Duplex, chunk: Buffer): void;
  listener?: Listener;
}

/**
 * Reads whole text frames where they lie, before `ws` does: nearly all that clients send is such
 * frames, and `ws` takes a fifth of the server's time for them. Everything else goes to `ws` as it
 * came: parts of frames and of messages, binary and control frames, and whatever breaks the protocol.
 */
export class IncomingTexts {
  readonly #socket: TextSocket;
  /** Bytes to come that belong to a frame of which `ws` has the beginning. */
  #bytesForWs = 0;
  /** Whether `ws` has the beginning of a message whose end is in another frame. */
  #isFragmented = false;
  /** The beginning of a frame that has not arrived as a whole. */
  #beginning: Buffer | undefined;

  /** Reads what comes for a socket. `ws` already listens to its stream. */
  constructor(stream: TextStream, socket: TextSocket) {
    this.#socket = socket;
    stream[TEXTS] = this;
    replaceLast(stream, 'data', onData);
    replaceLast(stream, 'end', onEnd);
  }

  /** Reads texts up to the first frame that is none. The rest of the chunk is for `ws`. */
  read(stream: Duplex, arrived: Buffer): void {
    const beginning = this.#beginning;
    const chunk = beginning === undefined ? arrived : Buffer.concat([beginning, arrived]);
    this.#beginning = undefined;
    let at = 0;
    if (this.#bytesForWs === 0 && !this.#isFragmented) {
      while (at < chunk.length && this.#socket.readyState === WebSocket.OPEN) {
        const payload = at + headerLength(chunk, at);
        const end = payload > chunk.length ? payload : payload + payloadLength(chunk, at);
        if (end > chunk.length || !isShortText(chunk, at, end - at)) break;
        const text = textAt(chunk, payload, end);
        if (text === undefined) break;
        at = end;
        this.#socket.received(text);
      }
    }
    if (at < chunk.length) this.#passToWs(stream, chunk, at);
  }

  ended(): void {
    this.#socket.ended();
  }

  /** Passes the rest of a chunk to `ws`, except the beginning of a text at its end. */
  #passToWs(stream: Duplex, chunk: Buffer, start: number): void {
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
    // What comes after `ws` has stopped listening is ignored.
    if (at > start && stream.listenerCount('data') > 0) {
      onData.listener?.call(stream, chunk.subarray(start, at));
    }
  }

  #noteFragment(first: number): void {
    const opcode = first & OPCODE;
    if (opcode <= BINARY && first < FINAL) this.#isFragmented = true;
    else if (opcode === CONTINUATION) this.#isFragmented = false;
  }
}

/**
 * Puts a listener in the place of the one that `ws` has just added. When `ws` removes its own, as
 * after a close frame, this one is removed: an emitter removes a function by its `listener` property
 * too. A third listener for the end would take 200 bytes a socket.
 */
function replaceLast(stream: Duplex, event: 'data' | 'end', listener: Listener): void {
  const ofWs = stream.listeners(event).at(-1) as Listener;
  listener.listener = ofWs;
  stream.off(event, ofWs).on(event, listener);
}

// One function of each for all sockets: there may be many.

const onData: Listener = function (this: TextStream, chunk) {
  this[TEXTS]?.read(this, chunk);
};

const onEnd: Listener = function (this: TextStream, ...nothing) {
  onEnd.listener?.apply(this, nothing);
  this[TEXTS]?.ended();
};

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
