import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { startWorkerd } from '../../selfhost/workerd/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../selfhost/workerd/workerdConfig.ts';
import type { RunningSystem } from '../systems/System.ts';

let bundle: Promise<string> | undefined;

/**
 * Starts the Worker on workerd as it runs when it is deployed: storage outlives an eviction, alarms
 * ring, and all that is billed is counted.
 */
export async function startBilled(): Promise<RunningSystem> {
  bundle ??= bundleBilled();
  const wrangler = await readWranglerConfig();
  const bindings = [
    ...wrangler.durable_objects.bindings,
    { name: 'WITNESSES', class_name: 'Witness' },
  ];
  const storage = await mkdtemp(join(tmpdir(), 'bench-billed-'));
  const config = workerdConfig(
    { ...wrangler, durable_objects: { bindings } },
    '127.0.0.1:0',
    // The benchmark has no token.
    { PUBLIC_METRICS: 'true' },
    { storage },
  );
  const { port, pid, stop } = await startWorkerd(await bundle, config, { output: 'ignore' });
  return {
    name: 'server',
    host: '127.0.0.1',
    port,
    pid,
    inspectorPort: undefined,
    hasRooms: true,
    answersHeartbeats: true,
    countsWakes: true,
    async stop() {
      await stop();
      await rm(storage, { recursive: true, force: true });
    },
  };
}

async function bundleBilled(): Promise<string> {
  const outfile = join(PROJECT_ROOT, 'build', 'bench-billed', 'index.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker', 'index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*', 'node:*'],
    keepNames: true,
    logLevel: 'error',
  });
  return outfile;
}
