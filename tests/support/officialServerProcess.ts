/**
 * The official server, in a process of its own: `officialServer.ts` starts it with the options of
 * several servers as its argument, and gets their ports as a message.
 */
import type { Server } from 'node:http';
import { type IConfig, PeerServer } from 'peer';

const { servers, hearsErrors } = JSON.parse(process.argv[2] ?? '') as {
  servers: Partial<IConfig>[];
  hearsErrors: boolean;
};

const ports = await Promise.all(
  servers.map(
    (options) =>
      new Promise<number>((resolve) => {
        const app = PeerServer({ ...options, host: '127.0.0.1', port: 0 }, (server) => {
          resolve(((server as Server).address() as { port: number }).port);
        });
        if (hearsErrors) app.on('error', () => {});
      }),
  ),
);
process.send?.(ports);
process.on('disconnect', () => process.exit());
// An orderly end keeps what was compiled, for the next one (NODE_COMPILE_CACHE).
process.on('SIGTERM', () => process.exit());
