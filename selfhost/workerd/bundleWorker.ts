import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundled, SERVER_FILES } from '../bundled.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

const INGREDIENTS = [...SERVER_FILES, 'selfhost/workerd/worker/**/*', 'wrangler.jsonc'];

/**
 * Bundles the self-hosted Worker with wrangler, as `wrangler deploy` bundles the deployed one, and
 * returns the path of the folder that holds `index.js`. A bundle of the same ingredients is used
 * again.
 *
 * @throws with what wrangler printed, if the Worker cannot be bundled.
 */
export function bundleWorker(): Promise<string> {
  return bundled('worker', INGREDIENTS, bundleInto);
}

async function bundleInto(folder: string): Promise<void> {
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
        join('selfhost', 'workerd', 'worker', 'index.ts'),
        '--dry-run',
        '--outdir',
        folder,
      ],
      { cwd: PROJECT_ROOT, env: { ...process.env, NO_COLOR: '1' } },
    );
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw new Error(`The Worker could not be bundled:\n${stderr ?? ''}${stdout ?? ''}`, {
      cause: error,
    });
  }
}
