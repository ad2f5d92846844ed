import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { thirdPartyNotices } from './thirdPartyNotices.ts';

/** Makes a library, and returns one of its files. */
async function library(name: string, notices: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'notices-test-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const folder = join(root, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
  for (const [file, text] of Object.entries(notices)) await writeFile(join(folder, file), text);
  return join(folder, 'dist', 'index.js');
}

it('has all that a library says of its licence, once for each library', async () => {
  const file = await library('@scope/one', { LICENSE: 'MIT', 'NOTICE.md': 'By somebody' });
  const own = join(tmpdir(), 'src', 'index.ts');
  expect(await thirdPartyNotices([file, file, own])).toBe(
    '@scope/one 1.0.0\n================\n\nMIT\n\nBy somebody\n',
  );
});

it('is not made while a library has no licence', async () => {
  const file = await library('bare', {});
  await expect(thirdPartyNotices([file])).rejects.toThrow('has no file with its licence');
});
