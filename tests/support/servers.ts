import { afterAll, beforeAll } from 'vitest';
import { type RunningServer, startServer } from '../../selfhost/startServer.ts';

/**
 * Starts this server on plain workerd for the tests of a file or a `describe`, and stops it behind
 * them.
 *
 * @param environment settings that differ from their defaults.
 * @returns a function that says where the server is, such as `http://127.0.0.1:40123`.
 */
export function useServer(environment: Readonly<Record<string, string>> = {}): () => string {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' });
  });
  afterAll(() => server?.stop());
  return () => `http://127.0.0.1:${server?.port}`;
}
