import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import {
  call,
  connect,
  liveCall,
  openPeer,
  received,
  reconnect,
  send,
  waitForEvent,
} from '../support/browser/peerPage.ts';
import { useTabs } from '../support/browser/tabs.ts';
import { startTestServer, useServer } from '../support/servers.ts';

declare global {
  interface Window {
    sentAt: number[];
  }
}

const openTab = useTabs();

const origin = useServer();

interface PeerTab {
  readonly page: Page;
  readonly id: string;
}

/** Opens a tab with a stock peer in it that was told no more than host, port and path. */
async function peerTab(path: string, id?: string, from?: PageServer): Promise<PeerTab> {
  const page = await openTab(from);
  return { page, id: await openPeerIn(page, path, id) };
}

function openPeerIn(page: Page, path: string, id?: string): Promise<string> {
  const options = { host: '127.0.0.1', port: Number(new URL(origin()).port), path };
  return openPeer(page, id === undefined ? { options } : { id, options });
}

async function talkBothWays(one: PeerTab, other: PeerTab): Promise<void> {
  await connect(one.page, other.id);
  await tell(one, other, 'ping');
  await tell(other, one, 'pong');
}

/** Sends over a connection that is open, and waits until it has come. */
async function tell(from: PeerTab, to: PeerTab, text: string): Promise<void> {
  const before = (await received(to.page, 0)).length;
  await send(from.page, to.id, text);
  expect((await received(to.page, before + 1)).at(-1)?.data).toBe(text);
}

// A path is the server's matter, and a tab of Firefox takes its time.
const PATHS =
  inject('browser') === 'firefox'
    ? ['/room/table-7']
    : ['/', '/my-app', '/room/table-7', 'a/deeper/path/'];

describe.each(PATHS)('in %s', (path) => {
  it('two tabs with ids of their own talk both ways and call each other', async () => {
    const alice = await peerTab(path, 'alice');
    const bob = await peerTab(path, 'bob');
    await talkBothWays(alice, bob);
    const [outgoing, incoming] = await Promise.all([
      call(alice.page, 'bob'),
      liveCall(bob.page, 'alice'),
    ]);
    expect(outgoing.tracks).toEqual(['audio', 'video']);
    expect(incoming.tracks).toEqual(['audio', 'video']);
  });

  it('two tabs with ids from the server talk both ways', async () => {
    await talkBothWays(await peerTab(path), await peerTab(path));
  });
});

describe('in a room', () => {
  it('four tabs build the full mesh at once, far from the message limit', async () => {
    const path = '/room/mesh';
    const tabs: PeerTab[] = [];
    for (const id of ['north', 'east', 'south', 'west']) {
      const page = await openTab();
      await page.evaluate(watchSending);
      tabs.push({ page, id: await openPeerIn(page, path, id) });
    }
    const pairs = tabs.flatMap((from, index) => tabs.slice(index + 1).map((to) => ({ from, to })));
    expect(pairs).toHaveLength(6);
    await Promise.all(pairs.map(({ from, to }) => connect(from.page, to.id)));
    await Promise.all(pairs.map(({ from, to }) => send(from.page, to.id, `from ${from.id}`)));
    for (const [index, { page }] of tabs.entries()) {
      expect(await received(page, index)).toHaveLength(index);
    }

    const sentAt = await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.sentAt)));
    const busiest = Math.max(...sentAt.map(mostInOneSecond));
    console.log(
      `the busiest of four peers sent ${busiest} messages in one second; the limit is 100`,
    );
    expect(busiest).toBeGreaterThan(0);
    expect(busiest).toBeLessThan(50);
  });

  it('a fifth tab reads that the room is full', async () => {
    const path = '/room/full';
    for (let n = 0; n < 4; n += 1) await peerTab(path);
    await expect(peerTab(path)).rejects.toMatchObject({
      type: 'server-error',
      message: 'The room is full',
    });
  });

  it('a tab that is closed leaves its friends, whose connections to it are closed', async () => {
    const path = '/room/leaving';
    const alice = await peerTab(path, 'alice');
    const bob = await peerTab(path, 'bob');
    await talkBothWays(alice, bob);
    await bob.page.close();
    await waitForEvent(alice.page, { type: 'connection-close', peer: 'bob' });
  });

  it('a page that is reloaded has its id again at once, and its friends connect anew', async () => {
    const path = '/room/reload';
    const alice = await peerTab(path, 'alice');
    const bob = await peerTab(path, 'bob');
    await talkBothWays(alice, bob);
    await bob.page.reload();
    expect(await openPeerIn(bob.page, path, 'bob')).toBe('bob');
    await waitForEvent(alice.page, { type: 'connection-close', peer: 'bob' });
    await talkBothWays(bob, alice);
  });
});

it('keeps its connections when the server is killed, and reconnect() brings its id back', async () => {
  const path = '/room/restart';
  const first = await startTestServer();
  const tabs = [];
  for (const id of ['alice', 'bob']) {
    const page = await openTab();
    await openPeer(page, { id, options: { host: '127.0.0.1', port: first.port, path } });
    tabs.push({ page, id });
  }
  const [alice, bob] = tabs as [PeerTab, PeerTab];
  await talkBothWays(alice, bob);

  await first.stop();
  await Promise.all(tabs.map(({ page }) => waitForEvent(page, { type: 'disconnected' })));
  const second = await startTestServer({ port: first.port });
  try {
    expect(await Promise.all(tabs.map(({ page }) => reconnect(page)))).toEqual(['alice', 'bob']);
    await tell(bob, alice, 'still there?');
    await connect(bob.page, 'alice');
  } finally {
    await second.stop();
  }
});

describe.each(['peerjs-1.0', 'peerjs-1.3', 'peerjs-1.4'])('with the older client %s', (version) => {
  let oldPages: PageServer;
  beforeAll(async () => {
    oldPages = await startPageServer(version);
  });
  afterAll(() => oldPages.close());

  it('tabs talk with each other and with the current client', async () => {
    const path = '/room/versions';
    const alice = await peerTab(path, 'alice', oldPages);
    const bob = await peerTab(path, 'bob', oldPages);
    await talkBothWays(alice, bob);
    // What the two versions say to each other then is between them; the server's part is done.
    const carol = await peerTab(path, 'carol');
    await connect(carol.page, 'alice', { serialization: 'json' });
  });
});

/** In the page: writes down when each frame was sent. The driver tells of no frames in Firefox. */
function watchSending(): void {
  window.sentAt = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    window.sentAt.push(Date.now());
    send.call(this, data);
  };
}

function mostInOneSecond(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + 1000).length),
  );
}
