import { createServer, type Server } from 'node:http';
import { onTestFinished } from 'vitest';
import { listenHere } from './listenHere.ts';

/** Starts a server that answers nothing, unless the test has it answer. It ends with the test. */
export async function startMuteServer(): Promise<Server> {
  const server = createServer();
  server.on('upgrade', () => {});
  await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}
