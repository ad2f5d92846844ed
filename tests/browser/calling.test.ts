import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { connect, events, openPeer, waitForEvent } from '../support/browser/peerPage.ts';
import { useTabs } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

// What a game may do when it calls, and the server must not punish.

const origin = useServer();

const openTab = useTabs();

function portOf(): number {
  return Number(new URL(origin()).port);
}

async function tab(id: string, path: string): Promise<Page> {
  const page = await openTab();
  const options = { host: '127.0.0.1', port: portOf(), path };
  await openPeer(page, { id, options });
  return page;
}

it('twenty players who call one host at the same moment are all connected', async () => {
  const host = await tab('host', '/crowd');
  const page = await openTab();
  await page.evaluate(async (port) => {
    const place = { host: '127.0.0.1', port, path: '/crowd', config: { iceServers: [] } };
    const peers = Array.from({ length: 20 }, (_, n) => new window.Peer(`player${n}`, place));
    await Promise.all(peers.map((peer) => new Promise((resolve) => peer.on('open', resolve))));
    const calls = peers.map((peer) => {
      const connection = peer.connect('host');
      return new Promise<void>((resolve, reject) => {
        connection.on('open', resolve);
        peer.on('error', reject);
      });
    });
    await Promise.all(calls);
  }, portOf());
  const seen = await events(host);
  expect(seen.filter(({ type }) => type === 'connection')).toHaveLength(20);
  expect(seen.filter(({ type }) => type === 'error' || type === 'disconnected')).toEqual([]);
});

it('calling what is no id, such as a number, an object or a list, fails those calls alone', async () => {
  const path = '/room/no-ids';
  const alice = await tab('alice', path);
  await tab('bob', path);
  for (const target of [12_345, { id: 'x' }, ['x']]) {
    await expect(connect(alice, target as unknown as string)).rejects.toMatchObject({
      type: 'peer-unavailable',
    });
  }
  await connect(alice, 'bob');
  expect((await events(alice)).filter(({ type }) => type === 'disconnected')).toEqual([]);
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
