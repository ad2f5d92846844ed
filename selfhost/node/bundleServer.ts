import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildAll } from '../../web/build.ts';
import { bundled, SERVER_FILES } from '../bundled.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

const INGREDIENTS = [...SERVER_FILES, 'selfhost/**/*.ts'];

/**
 * Bundles what runs on Node: `createPeerServer.js` for programs, and `cli.js`, the command. A bundle of
 * the same files is used again.
 *
 * @returns the folder that holds both.
 */
export function bundleServer(): Promise<string> {
  return bundled('node', INGREDIENTS, async (folder) => {
    await buildServer(folder);
  });
}

/** The address of the bundled `createPeerServer.js`, as `import` takes it. */
export async function bundledModule(): Promise<string> {
  return pathToFileURL(join(await bundleServer(), 'createPeerServer.js')).href;
}

/** Loads the bundled `createPeerServer.js`. */
export async function loadBundle(): Promise<typeof import('../../src/createPeerServer.ts')> {
  return import(await bundledModule());
}

/**
 * Writes the same bundle into any folder.
 *
 * @returns the source files of the bundle and of what it serves, including those of libraries.
 */
export async function buildServer(folder: string): Promise<string[]> {
  // Built first, since src imports it.
  const served = await buildAll();
  const { metafile } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: {
      createPeerServer: join('src', 'createPeerServer.ts'),
      cli: join('selfhost', 'cli.ts'),
    },
    outdir: folder,
    bundle: true,
    // What both need is in a file of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // yargs reads files beside its own.
    external: ['yargs'],
    metafile: true,
  });
  return [...Object.keys(metafile.inputs).map((file) => resolve(PROJECT_ROOT, file)), ...served];
}
