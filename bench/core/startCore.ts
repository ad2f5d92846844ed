import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { startWorkerd } from '../../selfhost/workerd/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../selfhost/workerd/workerdConfig.ts';
import type { RunningSystem, SystemName } from '../systems/System.ts';

let bundle: Promise<string> | undefined;

/**
 * Starts the code of a room on workerd, without sockets. It is the same for every system: the
 * request chooses the code.
 */
export async function startCore(name: SystemName): Promise<RunningSystem> {
  bundle ??= bundleCore();
  const { compatibility_date } = await readWranglerConfig();
  const config = workerdConfig(
    { compatibility_date, durable_objects: { bindings: [] } },
    '127.0.0.1:0',
    {},
  );
  const { port, pid, stop } = await startWorkerd(await bundle, config, {});
  return {
    name,
    host: '127.0.0.1',
    port,
    pid,
    inspectorPort: undefined,
    hasRooms: false,
    answersHeartbeats: false,
    countsWakes: false,
    stop,
  };
}

/** Bundles as wrangler does, which gives every function the name of its variable. */
async function bundleCore(): Promise<string> {
  const outfile = join(PROJECT_ROOT, 'build', 'bench-core', 'index.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    keepNames: true,
    logLevel: 'error',
  });
  return outfile;
}
