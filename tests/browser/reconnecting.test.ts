import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from 'peerjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, untilTrue } from '../support/browser/browser.ts';
import { snippet } from '../support/browser/gamePage.ts';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';

declare global {
  interface Window {
    opened: string[];
    errors: string[];
  }
}

let server: TestServer;
let pages: PageServer;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
beforeAll(async () => {
  [server, pages, browser] = await Promise.all([start(0), startPageServer(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([pages?.close(), server?.stop()]);
});

function start(port: number): Promise<TestServer> {
  return startTestServer({ port });
}

it('a client with the lines of docs/deploy.md comes back under its id, deploy after deploy', async () => {
  const page = await browser.newPage();
  await page.goto(pages.url);
  await page.addScriptTag({ content: snippet('docs/deploy.md', 'stayConnected') });
  const { port } = server;
  await page.evaluate((port) => {
    window.opened = [];
    const { stayConnected } = window as unknown as { stayConnected(peer: Peer): void };
    const peer = new window.Peer('alice', { host: '127.0.0.1', port, path: '/room/table-7' });
    peer.on('open', (id) => window.opened.push(id));
    stayConnected(peer);
  }, port);

  for (const times of [1, 2, 3]) {
    await untilTrue(page, (times) => window.opened.length === times, times);
    await server.stop();
    server = await start(port);
  }
  await untilTrue(page, () => window.opened.length === 4);
  expect(await page.evaluate(() => window.opened)).toEqual(['alice', 'alice', 'alice', 'alice']);
});

it('of two tabs with one id and token one gives up, and the other keeps the id', async () => {
  const context = await browser.newContext();
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  for (const page of tabs) {
    await page.goto(pages.url);
    await page.addScriptTag({ content: snippet('docs/deploy.md', 'stayConnected') });
    await page.evaluate((port) => {
      window.opened = [];
      window.errors = [];
      const { stayConnected } = window as unknown as { stayConnected(peer: Peer): void };
      const place = { host: '127.0.0.1', port, path: '/room/table-8', token: 'stored' };
      const peer = new window.Peer('carol', place);
      peer.on('open', (id) => window.opened.push(id));
      peer.on('error', ({ type }) => window.errors.push(type));
      stayConnected(peer);
    }, server.port);
    await untilTrue(page, () => window.opened.length === 1);
  }
  const told = () => Promise.all(tabs.map((page) => page.evaluate(() => window.errors.join())));
  await expect.poll(async () => (await told()).join()).toContain('unavailable');

  const opened = () => Promise.all(tabs.map((page) => page.evaluate(() => window.opened.length)));
  const before = await opened();
  // The first, and three takeovers.
  expect(before.reduce((sum, count) => sum + count, 0)).toBe(4);
  // Each would have tried again by now, at the latest 4 s after it had lost the id.
  await sleep(5000);
  expect(await opened()).toEqual(before);
  await context.close();
});
