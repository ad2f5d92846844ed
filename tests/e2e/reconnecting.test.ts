import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer } from 'peerjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { type RunningServer, startServer } from '../../selfhost/startServer.ts';
import { launchBrowser } from './browser.ts';
import { type PageServer, startPageServer } from './pageServer.ts';

declare global {
  interface Window {
    opened: string[];
  }
}

let server: RunningServer;
let pages: PageServer;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
beforeAll(async () => {
  [server, pages, browser] = await Promise.all([start(0), startPageServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([pages?.close(), server?.stop()]);
});

function start(port: number): Promise<RunningServer> {
  return startServer({ host: '127.0.0.1', port, environment: {}, output: 'ignore' });
}

it('a client with the lines of docs/deploy.md comes back under its id, deploy after deploy', async () => {
  const page = await browser.newPage();
  await page.goto(pages.url);
  await page.addScriptTag({ content: await snippet('stayConnected') });
  const { port } = server;
  await page.evaluate((port) => {
    window.opened = [];
    const { stayConnected } = window as unknown as { stayConnected(peer: Peer): void };
    const peer = new window.Peer('alice', { host: '127.0.0.1', port, path: '/room/table-7' });
    peer.on('open', (id) => window.opened.push(id));
    stayConnected(peer);
  }, port);

  for (const times of [1, 2, 3]) {
    await page.waitForFunction((times) => window.opened.length === times, times);
    await server.stop();
    server = await start(port);
  }
  await page.waitForFunction(() => window.opened.length === 4);
  expect(await page.evaluate(() => window.opened)).toEqual(['alice', 'alice', 'alice', 'alice']);
});

/** The code in docs/deploy.md that defines a function. */
async function snippet(name: string): Promise<string> {
  const text = await readFile(join(PROJECT_ROOT, 'docs', 'deploy.md'), 'utf8');
  const blocks = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code ?? '');
  const found = blocks.find((code) => code.includes(`function ${name}(`));
  if (found === undefined) throw new Error(`docs/deploy.md has no ${name}`);
  return found;
}
