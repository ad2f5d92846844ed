/**
 * `npm pack`: builds what the package has in place of its sources: the command and `createPeerServer` in
 * plain JavaScript, the types of the latter, the client kit with its types, and the notices of the
 * libraries that are bundled.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildClient, buildExamples, buildPages, clientScript } from '../../web/build.ts';
import { buildServer } from '../node/bundleServer.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

const dist = join(PROJECT_ROOT, 'dist');

await rm(dist, { recursive: true, force: true });
const { inputs } = await buildServer(dist);
const types = await declarations('tsconfig.package.json');
await copyFile(join(types, 'src', 'createPeerServer.d.ts'), join(dist, 'createPeerServer.d.ts'));
await packClient();
await writeFile(
  join(dist, 'THIRD-PARTY-NOTICES.txt'),
  await thirdPartyNotices([
    ...Object.keys(inputs).map((file) => resolve(PROJECT_ROOT, file)),
    // They are bundled as text.
    ...(await buildPages()),
    ...(await buildClient()),
    ...(await buildExamples()),
  ]),
);

/** The client kit and its hooks for React, for a bundler: each as one readable module, and the types. */
async function packClient(): Promise<void> {
  const folder = join(dist, 'client');
  await mkdir(folder);
  for (const name of ['index', 'react']) {
    const { script } = await clientScript({
      entryPoints: [`${name}.ts`],
      external: ['peerjs', 'react'],
      minify: false,
    });
    await writeFile(join(folder, `${name}.js`), script.body);
  }
  const types = join(await declarations('tsconfig.client.json'), 'client');
  for (const file of await readdir(types)) {
    const text = await readFile(join(types, file), 'utf8');
    // The sources are not in the package.
    await writeFile(join(folder, file), text.replace(/(from '\.\/\w+)\.ts'/g, "$1.js'"));
  }
}

/**
 * Writes the types of the modules of a configuration.
 *
 * @returns the folder that they are in.
 */
async function declarations(project: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'types-'));
  const tsc = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder];
  await promisify(execFile)(process.execPath, [tsc, '-p', project, ...flags], {
    cwd: PROJECT_ROOT,
  });
  return folder;
}
