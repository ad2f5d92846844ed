import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseEnvironment } from '../../src/settings.ts';
import type { RunningServer } from '../RunningServer.ts';
import type { ServerOptions } from '../ServerOptions.ts';
import { bundledModule } from './bundleServer.ts';

/** The message of the process when it listens. */
export type Listening = Pick<RunningServer, 'port' | 'inspectorPort'>;

/**
 * Starts this server on Node, in a process of its own, and resolves when it listens.
 *
 * @throws {SettingsError} for a setting that is not valid, and an Error if the server ends instead.
 */
export async function startNodeServer({
  host,
  port,
  path,
  environment,
  output = 'inherit',
  inspect,
  tls,
  outbound,
}: ServerOptions): Promise<RunningServer> {
  parseEnvironment(environment);
  const bundle = await bundledModule();
  const options = { host, port, path, inspect, outbound, tls };
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'nodeServerProcess.ts'), bundle, JSON.stringify(options)],
    { env: { PATH, NODE_COMPILE_CACHE, ...environment }, stdio: ['ignore', output, output, 'ipc'] },
  );
  const ended = once(child, 'exit').then(
    ([code, signal]) => ({ code, signal }) as Awaited<RunningServer['ended']>,
  );
  const told = once(child, 'message').then(([message]) => message as Listening);
  const listening = await Promise.race([told, ended]);
  if (!('port' in listening)) {
    throw new Error(
      `the server did not start: it ended with ${listening.code ?? listening.signal}`,
    );
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return {
    port: listening.port,
    inspectorPort: listening.inspectorPort,
    pid: child.pid ?? 0,
    ended,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
