/**
 * `npm pack`: builds what the package has in place of its sources: the command and `createPeerServer` in
 * plain JavaScript, the types of the latter, the client kit with its types, and the notices of the
 * libraries that are bundled.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildServer } from '../node/bundleServer.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

const dist = join(PROJECT_ROOT, 'dist');

await rm(dist, { recursive: true, force: true });
const sources = await buildServer(dist);
const types = await compile('tsconfig.package.json', '--emitDeclarationOnly');
await copyFile(join(types, 'src', 'createPeerServer.d.ts'), join(dist, 'createPeerServer.d.ts'));
await packClient();
await writeFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(sources));

/**
 * The client kit and its hooks for React: each module by itself, so that a bundler takes what a game
 * needs, and splits what it needs later.
 */
async function packClient(): Promise<void> {
  const folder = join(dist, 'client');
  await mkdir(folder);
  const compiled = join(
    await compile(
      'tsconfig.client.json',
      '--rewriteRelativeImportExtensions',
      '--target',
      'es2022',
    ),
    'client',
  );
  for (const file of await readdir(compiled)) {
    const text = await readFile(join(compiled, file), 'utf8');
    // The sources are not in the package.
    await writeFile(join(folder, file), text.replace(/('\.\/\w+)\.ts'/g, "$1.js'"));
  }
}

/**
 * Writes the types of the modules of a configuration, and the modules if they are asked for.
 *
 * @returns the folder that they are in.
 */
async function compile(project: string, ...flags: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'compiled-'));
  const tsc = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const output = ['--noEmit', 'false', '--declaration', '--outDir', folder];
  await promisify(execFile)(process.execPath, [tsc, '-p', project, ...output, ...flags], {
    cwd: PROJECT_ROOT,
  });
  return folder;
}
