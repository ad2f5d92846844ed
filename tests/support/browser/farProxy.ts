import { createServer, Socket } from 'node:net';
import { Transform } from 'node:stream';
import { listenHere } from '../listenHere.ts';

/** A proxy that makes a server on this machine seem far away. */
interface FarProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a proxy through which everything takes its time: the handshake of TCP too. What a browser itself
 * delays is requests and links, and no frames of a WebSocket.
 *
 * @param milliseconds each way.
 */
export async function startFarProxy(upstream: number, milliseconds: number): Promise<FarProxy> {
  const all = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = new Socket();
    const pair = [near, far] as const;
    for (const socket of pair) {
      all.add(socket);
      // What fails is over on the other side too.
      socket.on('error', () => {});
      socket.on('close', () => {
        all.delete(socket);
        for (const it of pair) it.destroySoon();
      });
    }
    // The client has waited neither for its SYN nor for the answer to it.
    setTimeout(() => {
      far.connect(upstream, '127.0.0.1').setNoDelay();
      near.pipe(delay(milliseconds)).pipe(far);
      far.pipe(delay(milliseconds)).pipe(near);
    }, 2 * milliseconds);
  });
  return {
    port: await listenHere(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of all) socket.destroy();
      }),
  };
}

function delay(milliseconds: number): Transform {
  const stream = new Transform({
    transform: (bytes, _, done) => {
      // Timers of one length fire in the order in which they were set, so the next may set its own.
      setTimeout(() => stream.push(bytes), milliseconds);
      done();
    },
    flush: (done) => setTimeout(done, milliseconds),
  });
  return stream;
}
