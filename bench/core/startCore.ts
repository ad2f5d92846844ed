import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { startWorkerd } from '../../selfhost/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../selfhost/workerdConfig.ts';
import type { RunningSystem, SystemName } from '../systems/System.ts';

/**
 * Starts the code of a room on workerd, without sockets. The same for every system: the request
 * says which code runs.
 */
export async function startCore(name: SystemName): Promise<RunningSystem> {
  const folder = join(PROJECT_ROOT, 'build', 'bench-core');
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin',
    'wrangler.js',
  );
  const { compatibility_date } = await readWranglerConfig();
  await promisify(execFile)(process.execPath, [
    wrangler,
    'deploy',
    join(import.meta.dirname, 'index.ts'),
    '--dry-run',
    `--outdir=${folder}`,
    '--name=bench-core',
    `--compatibility-date=${compatibility_date}`,
    // Not the project's own configuration, which binds a coordinator that this does not have.
    `--config=${join(import.meta.dirname, 'wrangler.jsonc')}`,
  ]);
  const config = workerdConfig(
    { compatibility_date, durable_objects: { bindings: [] }, vars: {} },
    '127.0.0.1:0',
    {},
  );
  const server = await startWorkerd(join(folder, 'index.js'), config, { output: 'inherit' });
  const { port, pid, stop } = server;
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
