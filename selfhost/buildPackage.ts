/**
 * `npm pack`: makes what the package has in place of its sources: the command in plain JavaScript
 * and the Worker, bundled.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleWorker } from './bundleWorker.ts';
import { PROJECT_ROOT } from './projectRoot.ts';

const dist = join(PROJECT_ROOT, 'dist');
const worker = join(dist, 'worker');

await rm(dist, { recursive: true, force: true });
await mkdir(worker, { recursive: true });
await copyFile(join(await bundleWorker(), 'index.js'), join(worker, 'index.js'));
await build({
  entryPoints: [join(PROJECT_ROOT, 'selfhost', 'cli.ts')],
  outfile: join(dist, 'cli.js'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // jsonc-parser's CommonJS cannot be bundled.
  mainFields: ['module', 'main'],
  // yargs reads files beside its own. bundleWorker is never reached, as the bundle is there.
  external: ['yargs', './bundleWorker.ts'],
});
