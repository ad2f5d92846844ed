/**
 * `npm pack`: makes what the package has in place of its sources: the command and `createPeerServer`
 * in plain JavaScript, the types of the latter, and the notices of the libraries that are bundled.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildPages } from '../../web/build.ts';
import { buildServer } from '../node/bundleServer.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

const dist = join(PROJECT_ROOT, 'dist');

await rm(dist, { recursive: true, force: true });
const { inputs } = await buildServer(dist);
await copyFile(await declaration('createPeerServer'), join(dist, 'createPeerServer.d.ts'));
await writeFile(
  join(dist, 'THIRD-PARTY-NOTICES.txt'),
  await thirdPartyNotices([
    ...Object.keys(inputs).map((file) => resolve(PROJECT_ROOT, file)),
    // They are bundled as text.
    ...(await buildPages()),
  ]),
);

/** The types of a module of src that shows none of other modules. */
async function declaration(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'types-'));
  const tsc = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder];
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.package.json', ...flags], {
    cwd: PROJECT_ROOT,
  });
  return join(folder, 'src', `${name}.d.ts`);
}
