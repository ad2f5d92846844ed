import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { IConfig } from 'peer';
import { ignoreOrigin } from './watchWire.ts';

/** The official server `peer`, once for each set of options, in a process of their own. */
export interface OfficialServers {
  readonly origins: readonly string[];
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts the official server on free ports.
 *
 * @param hearsErrors whether the program that embeds it listens to its `error` event. The process
 *   of one that does not ends at the first frame that is not JSON.
 */
export async function startOfficialServers(
  servers: readonly Partial<IConfig>[],
  { hearsErrors = true } = {},
): Promise<OfficialServers> {
  const child = fork(
    fileURLToPath(new URL('./officialServerProcess.ts', import.meta.url)),
    [JSON.stringify({ servers, hearsErrors })],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  );
  const exit = once(child, 'exit');
  const [ports] = (await Promise.race([
    once(child, 'message'),
    exit.then(([code]) => {
      throw new Error(`The official server did not start: it ended with ${code}`);
    }),
  ])) as [number[]];
  const origins = ports.map((port) => `http://127.0.0.1:${port}`);
  // The references describe what this server does.
  for (const origin of origins) ignoreOrigin(origin);
  return {
    origins,
    process: child,
    async stop() {
      child.kill();
      await exit;
    },
  };
}
