import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** The files with the licence of a package. */
const NOTICE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/**
 * The notices that the licences of bundled libraries ask for: one part for each library.
 *
 * @param files what a bundle is made of, with absolute paths, as esbuild's metafile lists it.
 * @throws if a library has no file with its licence: then a person has to look for it.
 */
export async function thirdPartyNotices(files: readonly string[]): Promise<string> {
  const folders = new Set(files.map(libraryFolder).filter((folder) => folder !== undefined));
  const parts = new Map<string, string>();
  for (const folder of folders) {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    parts.set(`${name} ${version}`, await noticesOf(folder));
  }
  return [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, text]) => `${title}\n${'='.repeat(title.length)}\n\n${text}\n`)
    .join('\n\n');
}

/** The folder of the library that a file belongs to, if it belongs to one. */
function libraryFolder(file: string): string | undefined {
  const segments = file.split(sep);
  const index = segments.lastIndexOf('node_modules');
  if (index === -1) return undefined;
  const length = segments[index + 1]?.startsWith('@') ? 2 : 1;
  return segments.slice(0, index + 1 + length).join(sep);
}

async function noticesOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => NOTICE.test(name)).sort();
  if (names.length === 0) throw new Error(`${folder} has no file with its licence`);
  const texts = names.map((name) => readFile(join(folder, name), 'utf8'));
  return (await Promise.all(texts)).map((text) => text.trim()).join('\n\n');
}
