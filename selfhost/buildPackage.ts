/**
 * `npm pack`: makes what the package has in place of its sources: the command in plain JavaScript,
 * the Worker, bundled, and the notices of the libraries that are in either.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { buildPages } from '../web/build.ts';
import { bundleWorker, METAFILE } from './bundleWorker.ts';
import { PROJECT_ROOT } from './projectRoot.ts';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

const dist = join(PROJECT_ROOT, 'dist');
const worker = join(dist, 'worker');

await rm(dist, { recursive: true, force: true });
await mkdir(worker, { recursive: true });
const bundle = await bundleWorker();
await copyFile(join(bundle, 'index.js'), join(worker, 'index.js'));
const { metafile: command } = await build({
  absWorkingDir: PROJECT_ROOT,
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
  metafile: true,
});

const bundled = JSON.parse(await readFile(join(bundle, METAFILE), 'utf8')) as Metafile;
const files = [...Object.keys(bundled.inputs), ...Object.keys(command.inputs)];
await writeFile(
  join(dist, 'THIRD-PARTY-NOTICES.txt'),
  await thirdPartyNotices([
    ...files.map((file) => resolve(PROJECT_ROOT, file)),
    // The Worker imports the pages as text.
    ...(await buildPages()),
  ]),
);
