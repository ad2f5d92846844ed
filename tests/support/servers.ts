import { afterAll, beforeAll, it } from 'vitest';
import { startNodeServer } from '../../selfhost/node/startNodeServer.ts';
import type { RunningServer } from '../../selfhost/RunningServer.ts';
import type { ServerOptions } from '../../selfhost/ServerOptions.ts';
import { startServer } from '../../selfhost/workerd/startServer.ts';

/** What holds the sockets of a server under test: plain workerd, or one Node process. */
export type RuntimeName = 'workerd' | 'Node';

/** What the tests of this run are about: vitest.config.ts has a project for each. */
export const RUNTIME: RuntimeName = process.env.TEST_RUNTIME === 'Node' ? 'Node' : 'workerd';

/** A test of what pages do by themselves and among each other. That is the same on each runtime. */
export const onOneRuntime = it.skipIf(RUNTIME === 'Node');

export type TestServer = RunningServer;

/** Starts this server on this machine. */
export function startTestServer(
  options: Partial<ServerOptions> = {},
  runtime = RUNTIME,
): Promise<TestServer> {
  const all: ServerOptions = {
    host: '127.0.0.1',
    port: 0,
    environment: {},
    output: 'ignore',
    ...options,
  };
  return runtime === 'Node' ? startNodeServer(all) : startServer(all);
}

/**
 * Starts this server for the tests of a file or a `describe`, and stops it behind them.
 *
 * @param environment settings that differ from their defaults.
 * @returns a function that says where the server is, such as `http://127.0.0.1:40123`.
 */
export function useServer(
  environment: Readonly<Record<string, string>> = {},
  runtime = RUNTIME,
): () => string {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await startTestServer({ environment }, runtime);
  });
  afterAll(() => server?.stop());
  return () => `http://127.0.0.1:${server?.port}`;
}
