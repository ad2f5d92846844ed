import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { anyText } from '../../tests/support/hostileFrames.ts';
import { answerHandshake } from './handshake.ts';
import { IncomingFrames, MAX_MESSAGE_LENGTH } from './IncomingFrames.ts';
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

/** Opens a socket on a stream, and resolves when it is closed. */
type Serve = (stream: Duplex, happened: Happened[]) => Promise<void>;

const byWs: Serve = async (stream, happened) => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_LENGTH,
    perMessageDeflate: false,
  });
  const socket = await new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(HANDSHAKE, stream, Buffer.alloc(0), resolve);
  });
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

const byPeerSocket: Serve = (stream, happened) => {
  const answer = answerHandshake(HANDSHAKE);
  return new Promise((resolve) => {
    const socket = new PeerSocket(stream, Buffer.alloc(0), String(answer), 1_048_576, () =>
      resolve(),
    );
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
    socket.flush();
  });
};

/** The bytes that a client sends, in these chunks, and all that comes of them. */
async function happenings(chunks: readonly Buffer[], serve: Serve): Promise<Happened[]> {
  const happened: Happened[] = [];
  const sent: Buffer[] = [];
  const stream = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => {
      sent.push(chunk);
      done();
    },
  });
  const closed = serve(stream, happened);
  for (const chunk of chunks) {
    // It is unmasked where it lies.
    if (!stream.readableEnded) stream.push(Buffer.from(chunk));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.push(null);
  await closed;
  return [...happened, ['sent', Buffer.concat(sent).toString('latin1')]];
}

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly isMasked?: boolean;
  /** The length that its header says, where that is another one. */
  readonly claimed?: number | undefined;
}

const TEXT = 0x81;
/** A length that takes eight bytes. */
const LARGE = 70_000;

function bytesOf({ first, payload, isMasked = true, claimed }: Frame): Buffer {
  const length = claimed ?? payload.length;
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

const FINAL_PART: Frame = { first: 0x80, payload: Buffer.from('a') };

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
    arbitrary: fc.constant(Buffer.alloc(LARGE, 'a')),
  },
);
const dataFrame: fc.Arbitrary<Frame> = fc.record({
  first: fc.oneof(
    { weight: 6, arbitrary: fc.constant(TEXT) },
    // Binary, the parts of a message, ping and pong; and what no client may send.
    { weight: 3, arbitrary: fc.constantFrom(0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a) },
    { weight: 1, arbitrary: fc.constantFrom(0x08, 0x09, 0xc1, 0x83) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  ),
  payload: anyPayload,
  isMasked: fc.integer({ min: 0, max: 29 }).map((chance) => chance > 0),
  claimed: fc.oneof(
    { weight: 29, arbitrary: fc.constant(undefined) },
    // Too much, or too much after a large part of the same message.
    {
      weight: 1,
      arbitrary: fc.constantFrom(MAX_MESSAGE_LENGTH + 1, MAX_MESSAGE_LENGTH - LARGE + 1, 2 ** 60),
    },
  ),
});
const closeFrame: fc.Arbitrary<Frame> = fc
  .record({
    code: fc.constantFrom(
      ...[999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1014, 1015],
      2999,
      3000,
    ),
    reason: fc.oneof(
      fc.string({ maxLength: 20 }).map(Buffer.from),
      fc.uint8Array({ maxLength: 3 }),
    ),
    isCut: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  })
  .map(({ code, reason, isCut }) => {
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]);
    return { first: 0x88, payload: isCut ? payload.subarray(0, 1) : payload };
  });
const anyFrame = fc.oneof(
  { weight: 19, arbitrary: dataFrame },
  { weight: 1, arbitrary: closeFrame },
);

describe('a socket of a peer', () => {
  it('reads and answers the same as one of ws, whatever a client sends and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        async (frames, places) => {
          const chunks = cut(Buffer.concat(frames.map(bytesOf)), places);
          expect(await happenings(chunks, byPeerSocket)).toEqual(await happenings(chunks, byWs));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads texts that are cut anywhere', async () => {
    const texts = ['', 'short', 'ä€🎲', 'x'.repeat(126), 'y'.repeat(70_000), 'last'];
    const bytes = Buffer.concat(texts.map((content) => bytesOf(text(content))));
    for (let at = 1; at < 40; at += 1) {
      const read = await happenings([bytes.subarray(0, at), bytes.subarray(at)], byPeerSocket);
      expect(read.slice(0, -2)).toEqual(texts.map((content) => ['message', content]));
    }
  });

  it('reads what no longer fits into one chunk byte by byte', async () => {
    const bytes = bytesOf(text('x'.repeat(130)));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await happenings(chunks, byPeerSocket)).toContainEqual(['message', 'x'.repeat(130)]);
  });

  it('is closed for a text that is not UTF-8', async () => {
    const chunks = [bytesOf({ first: TEXT, payload: Buffer.from([0x61, 0xff, 0x62, 0x63, 0x64]) })];
    const [end, sent] = await happenings(chunks, byPeerSocket);
    expect(end).toEqual(['end', 1006, '']);
    expect(sent?.[1]).toContain('\x88\x02\x03\xef');
  });

  it('is closed for a ping whose length is written in more bytes than it needs', async () => {
    const ping = Buffer.from([0x89, 0x80 | 126, 0, 1, 0, 0, 0, 0, 0x3f]);
    const [end] = await happenings([ping], byPeerSocket);
    expect(end).toEqual(['end', 1006, '']);
    expect(await happenings([ping], byWs)).toContainEqual(end);
  });

  it('is closed for a message that is too long in all its parts', async () => {
    const part = Buffer.alloc(MAX_MESSAGE_LENGTH / 2, 'a');
    const first = bytesOf({ first: 0x01, payload: part });
    const chunks = [first, bytesOf({ first: 0x00, payload: part }), bytesOf(FINAL_PART)];
    const [end, sent] = await happenings(chunks, byPeerSocket);
    expect(end).toEqual(['end', 1006, '']);
    expect(sent?.[1]).toContain('\x88\x02\x03\xf1');
  });
});

it('nothing is read behind a close frame', () => {
  const happened: string[] = [];
  const frames = new IncomingFrames({
    maxMessageBytes: 100,
    received: () => happened.push('received'),
    skipped: () => happened.push('skipped'),
    pinged: () => happened.push('pinged'),
    ponged: () => happened.push('ponged'),
    concluded: (code) => happened.push(`concluded ${code}`),
    broke: () => happened.push('broke'),
  });
  const close = bytesOf({ first: 0x88, payload: Buffer.alloc(0) });
  frames.read(Buffer.concat([close, bytesOf(text('late'))]));
  frames.read(bytesOf(text('later')));
  expect(happened).toEqual(['concluded 1005']);
});

describe('a message that is too long', () => {
  const LIMIT = 2000;

  /** What frames make of bytes that come in these chunks. */
  function readBy(chunks: readonly Buffer[]): string[] {
    const happened: string[] = [];
    const frames = new IncomingFrames({
      maxMessageBytes: LIMIT,
      received: (frame) => happened.push(`received ${Buffer.from(frame as string)}`),
      skipped: (end, length) => happened.push(`skipped ${length} ${Buffer.from(end)}`),
      pinged: (data) => happened.push(`pinged ${data}`),
      ponged: () => happened.push('ponged'),
      concluded: () => happened.push('concluded'),
      broke: (code) => happened.push(`broke ${code}`),
    });
    for (const chunk of chunks) {
      frames.read(Buffer.from(chunk));
      // Twice: what was there grows to twice its size.
      expect(frames.heldBytes).toBeLessThan(2 * LIMIT);
    }
    return happened;
  }

  it('is skipped, but for its end, in however many parts it comes and however it is cut', () => {
    const payload = fc
      .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat({ max: 400 }))
      .map(([unit, times]) => Buffer.from(unit.repeat(times)));
    const message = fc.array(payload, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 5 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (messages, places) => {
          const frames = messages.flatMap((parts) =>
            parts.flatMap((part, index) => [
              bytesOf({
                first: (index === parts.length - 1 ? 0x80 : 0) | (index === 0 ? 1 : 0),
                payload: part,
              }),
              bytesOf({ first: 0x89, payload: Buffer.from('?') }),
            ]),
          );
          const expected = messages.flatMap((parts) => {
            const whole = Buffer.concat(parts);
            const event =
              whole.length > LIMIT
                ? `skipped ${whole.length} ${whole.subarray(-3200)}`
                : `received ${whole}`;
            return [...parts.slice(1).map(() => 'pinged ?'), event, 'pinged ?'];
          });
          expect(readBy(cut(Buffer.concat(frames), places))).toEqual(expected);
        },
      ),
    );
  });
});
