import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { clientScript } from '../web/build.ts';

/** What a page loads beside PeerJS, as a server compresses it. */
const MAX_BYTES = 7700;
const MAX_BYTES_OF_HOOKS = 1000;

it('the kit is small, and imports PeerJS and nothing else', async () => {
  const { script } = await clientScript({ external: ['peerjs'] });
  const size = gzipSync(script.body, { level: 9 }).byteLength;
  console.log(`the kit has ${size} bytes beside PeerJS`);
  expect(size).toBeLessThan(MAX_BYTES);
  const imports = [...script.body.matchAll(/from\s?"([^"]+)"/g)].map(([, name]) => name);
  expect(imports).toEqual(['peerjs']);
});

it('the hooks for React are under 1 KB beside React', async () => {
  const { script } = await clientScript({ entryPoints: ['react.ts'], external: ['react'] });
  expect(gzipSync(script.body, { level: 9 }).byteLength).toBeLessThan(MAX_BYTES_OF_HOOKS);
});
