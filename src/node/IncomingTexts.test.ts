import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { anyText } from '../../tests/support/hostileFrames.ts';
import { IncomingTexts } from './IncomingTexts.ts';

const HANDSHAKE = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  },
} as unknown as IncomingMessage;

/** What a server learns, in order. */
type Happened = readonly [event: string, ...values: unknown[]];

/** Texts that are read before `ws` are events like those of `ws` here. */
class TestSocket extends WebSocket {
  received(text: string): void {
    this.emit('message', Buffer.from(text), false);
  }
  ended(): void {}
}

/** The bytes that a client sends, in these chunks, and all that the server's socket says of them. */
async function happenings(chunks: readonly Buffer[], isReadFirst: boolean): Promise<Happened[]> {
  const happened: Happened[] = [];
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: TestSocket,
    maxPayload: 200_000,
    perMessageDeflate: false,
  });
  const socket = await new Promise<TestSocket>((resolve) => {
    server.handleUpgrade(HANDSHAKE, stream, Buffer.alloc(0), resolve);
  });
  if (isReadFirst) new IncomingTexts(stream, socket);
  socket.on('message', (data: Buffer, isBinary) =>
    happened.push(['message', isBinary ? data.toString('hex') : data.toString()]),
  );
  socket.on('ping', (data) => happened.push(['ping', data.toString()]));
  socket.on('pong', (data) => happened.push(['pong', data.toString()]));
  socket.on('error', ({ message }) => happened.push(['error', message]));
  const closed = new Promise<Happened>((resolve) => {
    socket.on('close', (code, reason) => resolve(['close', code, reason.toString()]));
  });
  for (const chunk of chunks) {
    // It is unmasked where it lies.
    if (!stream.readableEnded) stream.push(Buffer.from(chunk));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.push(null);
  return [...happened, await closed];
}

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly isMasked?: boolean;
}

const TEXT = 0x81;

function bytesOf({ first, payload, isMasked = true }: Frame): Buffer {
  const { length } = payload;
  const maskBit = isMasked ? 0x80 : 0;
  const header =
    length <= 125
      ? Buffer.from([first, maskBit | length])
      : length <= 65_535
        ? Buffer.from([first, maskBit | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, maskBit | 127]), bigEndian(length)]);
  if (!isMasked) return Buffer.concat([header, payload]);
  const mask = [0x12, 0xf4, 0x07, 0x99];
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([header, Buffer.from(mask), masked]);
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

const text = (content: string): Frame => ({ first: TEXT, payload: Buffer.from(content) });

/** Cuts bytes at these places, given as parts of the whole. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index]));
}

const anyPayload = fc.oneof(
  {
    weight: 20,
    arbitrary: anyText(150).map((content) => Buffer.from(content)),
  },
  {
    weight: 5,
    arbitrary: fc.uint8Array({ maxLength: 140 }).map((bytes) => Buffer.from(bytes)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(70_000, 250_000).map((length) => Buffer.alloc(length, 'a')),
  },
);
const anyFrame: fc.Arbitrary<Frame> = fc.record({
  first: fc.oneof(
    { weight: 6, arbitrary: fc.constant(TEXT) },
    // Binary, the parts of a message, ping, pong and close; and what no client may send.
    { weight: 3, arbitrary: fc.constantFrom(0x82, 0x01, 0x00, 0x80, 0x89, 0x8a) },
    { weight: 1, arbitrary: fc.constantFrom(0x88, 0xc1, 0x83, 0x09) },
  ),
  payload: anyPayload,
  isMasked: fc.integer({ min: 0, max: 19 }).map((chance) => chance > 0),
});

describe('reading texts before ws', () => {
  it('tells a server the same as ws alone, whatever a client sends and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        async (frames, places) => {
          const chunks = cut(Buffer.concat(frames.map(bytesOf)), places);
          expect(await happenings(chunks, true)).toEqual(await happenings(chunks, false));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reads texts that are cut anywhere', async () => {
    const texts = ['', 'short', 'ä€🎲', 'x'.repeat(126), 'y'.repeat(70_000), 'last'];
    const bytes = Buffer.concat(texts.map((content) => bytesOf(text(content))));
    for (let at = 1; at < 40; at += 1) {
      const read = await happenings([bytes.subarray(0, at), bytes.subarray(at)], true);
      expect(read.slice(0, -1)).toEqual(texts.map((content) => ['message', content]));
    }
  });

  it('reads what no longer fits into one chunk byte by byte', async () => {
    const bytes = bytesOf(text('x'.repeat(130)));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await happenings(chunks, true)).toContainEqual(['message', 'x'.repeat(130)]);
  });

  it('leaves a text that is not UTF-8 to ws, which closes the socket', async () => {
    const chunks = [bytesOf({ first: TEXT, payload: Buffer.from([0x61, 0xff, 0x62, 0x63, 0x64]) })];
    expect(await happenings(chunks, true)).toEqual([
      ['error', 'Invalid WebSocket frame: invalid UTF-8 sequence'],
      ['close', 1006, ''],
    ]);
  });
});
