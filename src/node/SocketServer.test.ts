import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { SocketServer } from './SocketServer.ts';

it('a connection that cannot be used ends, and counts no longer, even if it is opened again', async () => {
  const server = new SocketServer({ aliveTimeout: 90_000, maxMessageBytes: 1000 });
  const stream = new PassThrough();
  server.expect(stream);
  const open = (use: () => void) => server.open(stream, Buffer.alloc(0), '', use);
  expect(() =>
    open(() => {
      throw new Error('a mistake');
    }),
  ).toThrow('a mistake');
  open(() => expect.fail('the client is gone'));
  await expect.poll(() => server.size).toBe(0);
  await server.close();
});
