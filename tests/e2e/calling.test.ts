import type { DataConnection, Peer } from 'peerjs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { launchBrowser } from './browser.ts';
import { type PageServer, startPageServer } from './pageServer.ts';
import { connect, events, openPeer, openTab, waitForEvent } from './peerPage.ts';

// What a game may do when it calls, and the server must not punish.

const origin = useServer();

let browser: Browser;
let pages: PageServer;
let context: BrowserContext;
beforeAll(async () => {
  [browser, pages] = await Promise.all([launchBrowser(), startPageServer()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

async function tab(id: string, path: string): Promise<Page> {
  const page = await openTab(context, pages);
  const options = { host: '127.0.0.1', port: Number(new URL(origin()).port), path };
  await openPeer(page, { id, options });
  return page;
}

it('twenty players who call one host at the same moment are all connected', async () => {
  const host = await tab('host', '/crowd');
  const page = await openTab(context, pages);
  await page.evaluate(
    async (port) => {
      const opened = (it: Peer | DataConnection) =>
        new Promise<void>((resolve, reject) => {
          it.on('error', reject);
          (it as Peer).on('open', () => resolve());
        });
      const config = { iceServers: [] };
      const peers = Array.from(
        { length: 20 },
        (_, n) =>
          new window.Peer(`player${n}`, { host: '127.0.0.1', port, path: '/crowd', config }),
      );
      await Promise.all(peers.map(opened));
      await Promise.all(peers.map((peer) => opened(peer.connect('host'))));
    },
    Number(new URL(origin()).port),
  );
  const seen = await events(host);
  expect(seen.filter(({ type }) => type === 'connection')).toHaveLength(20);
  expect(seen.filter(({ type }) => type === 'error' || type === 'disconnected')).toEqual([]);
});

it.each([
  ['a number', 12_345],
  ['an object', { id: 'x' }],
  ['a list', ['x']],
])('calling %s in place of an id fails that call alone', async (_name, target) => {
  const path = `/room/no-id-${_name.replaceAll(' ', '-')}`;
  const alice = await tab('alice', path);
  await tab('bob', path);
  for (let n = 0; n < 5; n += 1) {
    const after = (await events(alice)).length;
    await expect(connect(alice, target as unknown as string)).rejects.toMatchObject({
      type: 'peer-unavailable',
    });
    await waitForEvent(alice, { type: 'error', errorType: 'peer-unavailable' }, { after });
    // What is dropped at once is told once a second.
    await alice.waitForTimeout(1000);
  }
  expect((await events(alice)).filter(({ type }) => type === 'disconnected')).toEqual([]);
  await connect(alice, 'bob');
});

it('calls with pictures in their metadata are connected: 3 × 150 KB, 300 KB and 900 KB', async () => {
  const path = '/room/pictures';
  const alice = await tab('alice', path);
  const bob = await tab('bob', path);
  for (const kilobytes of [150, 150, 150, 300, 900]) {
    const picture = 'p'.repeat(kilobytes * 1000);
    const { connectionId } = await connect(alice, 'bob', { metadata: picture });
    const event = await waitForEvent(bob, { type: 'connection', connectionId });
    expect(event).toMatchObject({ metadata: picture });
  }
  expect((await events(alice)).filter(({ type }) => type === 'disconnected')).toEqual([]);
});
