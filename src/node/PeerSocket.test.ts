import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PeerSocket } from './PeerSocket.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a client that reads nothing and closes its half of the connection is cut off after 10 s', async () => {
  // What is written to it is never taken.
  const stream = new Duplex({ read() {}, write() {} });
  const onClosed = vi.fn();
  const socket = new PeerSocket(stream, Buffer.alloc(0), 'answer', 1000, onClosed);
  socket.flush();
  stream.push(null);
  await once(stream, 'end');
  vi.advanceTimersByTime(9999);
  expect(stream.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stream.destroyed).toBe(true);
  await once(stream, 'close');
  expect(onClosed).toHaveBeenCalledOnce();
});

it('a client that reads nothing gets no more than 1 MiB of answers to pings and heartbeats', () => {
  const stream = new Duplex({ read() {}, write() {} });
  const socket = new PeerSocket(stream, Buffer.alloc(0), 'answer', 1000, () => {});
  socket.flush();
  const data = Buffer.alloc(125);
  for (let n = 0; n < 20_000; n += 1) {
    socket.pinged(data);
    socket.received('{"type":"HEARTBEAT"}');
    socket.flush();
  }
  expect(socket.unsentBytes).toBeGreaterThan(1_000_000);
  expect(socket.unsentBytes).toBeLessThan(1_100_000);
  stream.destroy();
});

it('pings that come at once are answered in one piece, with what else is sent', async () => {
  const written: string[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('latin1'));
      done();
    },
  });
  const socket = new PeerSocket(stream, Buffer.alloc(0), 'answer', 1000, () => {});
  socket.flush();
  for (const data of ['1', '2', '3']) socket.pinged(Buffer.from(data));
  socket.send('{}');
  await new Promise(setImmediate);
  expect(written).toEqual(['answer', '\x8a\x011\x8a\x012\x8a\x013\x81\x02{}']);
  socket.pinged(Buffer.from('4'));
  await new Promise(setImmediate);
  expect(written.slice(2)).toEqual(['\x8a\x014']);
  // The answer comes before the close frame, behind which nothing may be sent.
  socket.pinged(Buffer.from('5'));
  socket.close(1000);
  expect(written.slice(3)).toEqual(['\x8a\x015', '\x88\x02\x03\xe8']);
  stream.destroy();
});
