import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { clientScript } from '../web/build.ts';

const GUIDE = new URL('../docs/make-a-game.md', import.meta.url);
const MAX_BYTES_OF_HOOKS = 1000;

it('what a page loads beside PeerJS is what the guide says, and imports PeerJS and nothing else', async () => {
  const { script } = await clientScript({ external: ['peerjs'] });
  const size = gzipSync(script.body, { level: 9 }).byteLength;
  console.log(`the kit has ${size} bytes beside PeerJS`);
  const [, said] = /([\d.]+) KB \(gzip\) to PeerJS/.exec(await readFile(GUIDE, 'utf8')) ?? [];
  expect(size).toBeLessThanOrEqual(Number(said) * 1000);
  expect(size).toBeGreaterThan(Number(said) * 1000 - 100);
  const imports = [...script.body.matchAll(/from\s?"([^"]+)"/g)].map(([, name]) => name);
  expect(imports).toEqual(['peerjs']);
});

it('the hooks for React are under 1 KB beside React', async () => {
  const { script } = await clientScript({ entryPoints: ['react.ts'], external: ['react'] });
  expect(gzipSync(script.body, { level: 9 }).byteLength).toBeLessThan(MAX_BYTES_OF_HOOKS);
});
