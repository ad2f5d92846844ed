import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { splitKit } from '../tests/support/splitKit.ts';
import { clientScript } from '../web/build.ts';

const GUIDE = new URL('../docs/make-a-game.md', import.meta.url);
const MAX_BYTES_AT_FIRST = 4000;
const MAX_BYTES_OF_HOOKS = 1000;

function compressed(text: string): number {
  return gzipSync(text, { level: 9 }).byteLength;
}

/** Bytes that the guide says, in KB, before some words. */
async function said(words: RegExp): Promise<number> {
  const guide = await readFile(GUIDE, 'utf8');
  return Math.round(Number(new RegExp(`([\\d.]+) KB${words.source}`).exec(guide)?.[1]) * 1000);
}

function expectAsSaid(bytes: number, said: number): void {
  expect(bytes).toBeLessThanOrEqual(said);
  expect(bytes).toBeGreaterThan(said - 200);
}

it('the kit has the size that the guide says, and imports PeerJS and nothing else', async () => {
  const { script } = await clientScript({ external: ['peerjs'] });
  const size = compressed(script.body);
  console.log(`the kit has ${size} bytes beside PeerJS`);
  expectAsSaid(size, await said(/ \(gzip\) to PeerJS/));
  const imports = [...script.body.matchAll(/from\s?"([^"]+)"/g)].map(([, name]) => name);
  expect(new Set(imports)).toEqual(new Set(['peerjs']));
});

it('a page that imports joinRoom loads less than 4 KB at first, as the guide says, and no PeerJS', async () => {
  const parts = await splitKit("export { joinRoom } from './index.ts'", {
    external: ['peerjs'],
  });
  const first = parts.filter(({ isFirst }) => isFirst);
  const size = first.reduce((sum, { text }) => sum + compressed(text), 0);
  console.log(`a page that imports joinRoom loads ${size} bytes at first`);
  expect(size).toBeLessThanOrEqual(MAX_BYTES_AT_FIRST);
  expectAsSaid(size, await said(/ at first/));
  expect(first.filter(({ text }) => /from\s?"peerjs"/.test(text))).toEqual([]);
});

it('the hooks for React are under 1 KB beside React', async () => {
  const { script } = await clientScript({ entryPoints: ['react.ts'], external: ['react'] });
  expect(compressed(script.body)).toBeLessThan(MAX_BYTES_OF_HOOKS);
});
