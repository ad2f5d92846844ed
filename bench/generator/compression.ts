import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/** Exactly what Chromium 153 offers. */
export const OFFERED_EXTENSIONS = 'permessage-deflate; client_max_window_bits';

/** The end of every flush, which is not sent (RFC 7692, section 7.2.1). */
const FLUSH_END = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const FLUSH = constants.Z_SYNC_FLUSH;
const MAX_WINDOW_BITS = 15;

/** Compresses and inflates the messages of one socket. */
export interface Compression {
  compress(message: Buffer): Buffer;
  inflate(data: Buffer): Buffer;
}

/**
 * Compression as a browser does it once a server has agreed: every message is compressed,
 * heartbeats too, with the earlier messages as the dictionary ("context takeover").
 *
 * @param agreed the server's Sec-WebSocket-Extensions header; empty if it has sent none.
 * @returns undefined if nothing is compressed.
 * @throws for an extension that was not offered, since a browser fails such a handshake.
 */
export function compressionFor(agreed: string): Compression | undefined {
  if (agreed === '') return undefined;
  const [name, ...parameters] = agreed.split(';').map((part) => part.trim());
  if (name !== 'permessage-deflate') throw new Error(`the server agreed to ${agreed}`);
  let windowBits = MAX_WINDOW_BITS;
  let forgetsSent = false;
  let forgetsReceived = false;
  for (const parameter of parameters) {
    const bits = /^client_max_window_bits=(9|1[0-5])$/.exec(parameter)?.[1];
    if (bits !== undefined) windowBits = Number(bits);
    else if (parameter === 'client_no_context_takeover') forgetsSent = true;
    else if (parameter === 'server_no_context_takeover') forgetsReceived = true;
    else throw new Error(`the server agreed to ${parameter}`);
  }
  const sent = new SlidingWindow(windowBits, forgetsSent);
  const received = new SlidingWindow(MAX_WINDOW_BITS, forgetsReceived);
  return {
    compress(message) {
      const options = { windowBits, finishFlush: FLUSH, ...sent.dictionary };
      const data = deflateRawSync(message, options);
      sent.add(message);
      return data.subarray(0, data.length - FLUSH_END.length);
    },
    inflate(data) {
      const options = { finishFlush: FLUSH, ...received.dictionary };
      const message = inflateRawSync(Buffer.concat([data, FLUSH_END]), options);
      received.add(message);
      return message;
    },
  };
}

/**
 * The end of all data in one direction. As the dictionary, it lets one call of zlib continue the
 * one before. A stream would do the same, but answers only in a later turn of the event loop.
 */
class SlidingWindow {
  readonly #size: number;
  readonly #forgets: boolean;
  #window = Buffer.alloc(0);

  constructor(bits: number, forgets: boolean) {
    this.#size = 2 ** bits;
    this.#forgets = forgets;
  }

  get dictionary(): { readonly dictionary?: Buffer } {
    return this.#window.length === 0 ? {} : { dictionary: this.#window };
  }

  add(message: Buffer): void {
    if (this.#forgets) return;
    this.#window = Buffer.concat([this.#window, message]).subarray(-this.#size);
  }
}
