import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from './projectRoot.ts';

const BUILD_FOLDER = join(PROJECT_ROOT, 'build');

/** All files of the server but those of a runtime. The lockfile stands for the libraries and for wrangler. */
export const SERVER_FILES = [
  'src/**/*',
  'client/**/*',
  'examples/*',
  'web/**/*',
  'docs/*.yaml',
  'package.json',
  'package-lock.json',
];

/** The bundles of this process, by name: its tests start hundreds of servers. */
const bundles = new Map<string, Promise<string>>();

/**
 * Makes a bundle, unless there is one of the same files. A process asks for them once.
 *
 * @param ingredients patterns of all files that it is made of.
 * @param make writes the bundle into a folder.
 * @returns the folder of the bundle.
 */
export function bundled(
  name: string,
  ingredients: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const known = bundles.get(name) ?? makeBundle(name, ingredients, make);
  bundles.set(name, known);
  return known;
}

async function makeBundle(
  name: string,
  ingredients: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(BUILD_FOLDER, `${name}-${await hashOf(ingredients)}`);
  if (existsSync(folder)) return folder;

  // Made in another folder and then renamed, so that a server that starts in between sees no half bundle.
  const draft = `${folder}.${process.pid}`;
  await mkdir(BUILD_FOLDER, { recursive: true });
  try {
    await make(draft);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  for await (const old of glob(`${name}-????????????????`, { cwd: BUILD_FOLDER })) {
    await rm(join(BUILD_FOLDER, old), { recursive: true, force: true });
  }
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

async function hashOf(ingredients: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for await (const file of glob([...ingredients], { cwd: PROJECT_ROOT, withFileTypes: true })) {
    if (!file.isFile() || file.name.endsWith('.test.ts')) continue;
    const path = join(file.parentPath, file.name);
    hash.update(path).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
