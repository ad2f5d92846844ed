import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { anyText } from '../../tests/support/hostileFrames.ts';
import { PeerSocket } from './PeerSocket.ts';

const HANDSHAKE = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  },
} as unknown as IncomingMessage;

/** What a server learns, in order, and in the end all bytes that it has sent. */
type Happened = readonly [what: string, ...values: unknown[]];

/** Uses a socket of `ws` or of this server, and resolves when it is closed. */
type Use<Socket> = (socket: Socket, happened: Happened[]) => Promise<void>;

const useWs: Use<WebSocket> = (socket, happened) => {
  socket.on('message', (data: Buffer, isBinary) =>
    happened.push(['message', isBinary ? data.toString('hex') : data.toString()]),
  );
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => {
      happened.push(['end', code, reason.toString()]);
      resolve();
    });
  });
};

const usePeerSocket: Use<PeerSocket> = (socket, happened) => {
  socket.room = {
    path: { kind: 'room', name: '/room/test' },
    receive: (_socket, frame) =>
      happened.push([
        'message',
        typeof frame === 'string' ? frame : Buffer.from(frame).toString('hex'),
      ]),
    // `ws` calls a broken connection lost, and says why in an event before.
    disconnect: (_socket, { code = 1006, reason }) =>
      happened.push(['end', code, code === 1006 ? '' : reason]),
  };
  return new Promise((resolve) => socket.onceClosed(resolve));
};

/** The bytes that a client sends, in these chunks, and all that comes of them. */
async function happenings<Socket>(
  chunks: readonly Buffer[],
  SocketClass: unknown,
  use: Use<Socket>,
): Promise<Happened[]> {
  const happened: Happened[] = [];
  const sent: Buffer[] = [];
  const stream = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => {
      sent.push(chunk);
      done();
    },
  });
  const options = {
    noServer: true,
    clientTracking: false,
    WebSocket: SocketClass,
    maxPayload: 200_000,
    perMessageDeflate: false,
  };
  const server = new WebSocketServer(options as ServerOptions);
  const socket = await new Promise<Socket>((resolve) => {
    server.handleUpgrade(HANDSHAKE, stream, Buffer.alloc(0), (opened) => resolve(opened as Socket));
  });
  const closed = use(socket, happened);
  for (const chunk of chunks) {
    // It is unmasked where it lies.
    if (!stream.readableEnded) stream.push(Buffer.from(chunk));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.push(null);
  await closed;
  return [...happened, ['sent', Buffer.concat(sent).toString('latin1')]];
}

const byWs = (chunks: readonly Buffer[]) => happenings(chunks, WebSocket, useWs);
const byPeerSocket = (chunks: readonly Buffer[]) => happenings(chunks, PeerSocket, usePeerSocket);

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

describe('a socket of a peer', () => {
  it('reads and answers the same as one of ws, whatever a client sends and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        async (frames, places) => {
          const chunks = cut(Buffer.concat(frames.map(bytesOf)), places);
          expect(await byPeerSocket(chunks)).toEqual(await byWs(chunks));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reads texts that are cut anywhere', async () => {
    const texts = ['', 'short', 'ä€🎲', 'x'.repeat(126), 'y'.repeat(70_000), 'last'];
    const bytes = Buffer.concat(texts.map((content) => bytesOf(text(content))));
    for (let at = 1; at < 40; at += 1) {
      const read = await byPeerSocket([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(read.slice(0, -2)).toEqual(texts.map((content) => ['message', content]));
    }
  });

  it('reads what no longer fits into one chunk byte by byte', async () => {
    const bytes = bytesOf(text('x'.repeat(130)));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await byPeerSocket(chunks)).toContainEqual(['message', 'x'.repeat(130)]);
  });

  it('is closed for a text that is not UTF-8', async () => {
    const chunks = [bytesOf({ first: TEXT, payload: Buffer.from([0x61, 0xff, 0x62, 0x63, 0x64]) })];
    const [end, sent] = await byPeerSocket(chunks);
    expect(end).toEqual(['end', 1006, '']);
    expect(sent?.[1]).toContain('\x88\x02\x03\xef');
  });
});
