import { createServer, type Server } from 'node:http';
import { onTestFinished } from 'vitest';

/** Starts a server that answers nothing, unless the test has it answer. It ends with the test. */
export async function startMuteServer(): Promise<Server> {
  const server = createServer();
  server.on('upgrade', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}
