import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from './projectRoot.ts';

const BUILD_FOLDER = join(PROJECT_ROOT, 'build');
/** All that the bundle is made of. The lockfile stands for the libraries and for wrangler itself. */
const INGREDIENTS = [
  'src/**/*',
  'selfhost/worker/**/*',
  'web/**/*',
  'docs/*.yaml',
  'wrangler.jsonc',
  'package.json',
  'package-lock.json',
];

/** What a bundle is made of, as esbuild writes it, in the folder of the bundle. */
export const METAFILE = 'metafile.json';

/**
 * Bundles the self-hosted Worker with wrangler, as `wrangler deploy` bundles the deployed one, and
 * returns the path of the folder that holds `index.js`. A bundle of the same ingredients is used
 * again.
 *
 * @throws with what wrangler printed, if the Worker cannot be bundled.
 */
export async function bundleWorker(): Promise<string> {
  const folder = join(BUILD_FOLDER, `worker-${await hashOfIngredients()}`);
  if (existsSync(folder)) return folder;

  // Built aside and then renamed, so that nobody who starts meanwhile sees half a bundle.
  const draft = `${folder}.${process.pid}`;
  await mkdir(BUILD_FOLDER, { recursive: true });
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin',
    'wrangler.js',
  );
  try {
    await promisify(execFile)(
      process.execPath,
      [
        wrangler,
        'deploy',
        join('selfhost', 'worker', 'index.ts'),
        '--dry-run',
        '--outdir',
        draft,
        '--metafile',
        join(draft, METAFILE),
      ],
      { cwd: PROJECT_ROOT, env: { ...process.env, NO_COLOR: '1' } },
    );
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw new Error(`The Worker could not be bundled:\n${stderr ?? ''}${stdout ?? ''}`, {
      cause: error,
    });
  }
  await removeOldBundles();
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

async function hashOfIngredients(): Promise<string> {
  const hash = createHash('sha256');
  for await (const file of glob(INGREDIENTS, { cwd: PROJECT_ROOT, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    hash.update(path).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function removeOldBundles(): Promise<void> {
  for await (const old of glob('worker-????????????????', { cwd: BUILD_FOLDER })) {
    await rm(join(BUILD_FOLDER, old), { recursive: true, force: true });
  }
}
