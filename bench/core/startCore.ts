import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { startWorkerd } from '../../selfhost/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../selfhost/workerdConfig.ts';
import type { RunningSystem, SystemName } from '../systems/System.ts';

let bundle: Promise<string> | undefined;

/**
 * Starts the code of a room on workerd, without sockets. The same for every system: the request
 * says which code runs.
 */
export async function startCore(name: SystemName): Promise<RunningSystem> {
  bundle ??= bundleCore();
  const { compatibility_date } = await readWranglerConfig();
  const config = workerdConfig(
    { compatibility_date, durable_objects: { bindings: [] }, vars: {} },
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
    stop,
  };
}

async function bundleCore(): Promise<string> {
  const folder = join(PROJECT_ROOT, 'build', 'bench-core');
  const wrangler = createRequire(import.meta.url).resolve('wrangler/package.json');
  await promisify(execFile)(process.execPath, [
    join(dirname(wrangler), 'bin', 'wrangler.js'),
    'deploy',
    join(import.meta.dirname, 'index.ts'),
    '--dry-run',
    `--outdir=${folder}`,
    // Not the project's own configuration, which binds a coordinator that this does not have.
    `--config=${join(import.meta.dirname, 'wrangler.jsonc')}`,
  ]);
  return join(folder, 'index.js');
}
