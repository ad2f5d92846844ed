import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { connect, events, openPeer, waitForEvent } from '../support/browser/peerPage.ts';
import { useTabs } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

// Who has a seat in a room of four: stock clients that give no id of their own.

/** As long as a peer may leave an offer of data unanswered before a newcomer may have its seat. */
const GHOST_AFTER_MS = 5000;

const origin = useServer();

const openTab = useTabs();

function options(path: string) {
  return { host: '127.0.0.1', port: Number(new URL(origin()).port), path };
}

it('a page of a full room that is reloaded is in at once, and the others get LEAVE for it first', async () => {
  const path = '/room/reloaded';
  const tabs: { page: Page; id: string; frames: string[] }[] = [];
  for (let n = 0; n < 4; n += 1) {
    const page = await openTab();
    const frames: string[] = [];
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    tabs.push({ page, id: await openPeer(page, { options: options(path) }), frames });
  }
  const reloaded = tabs.pop() ?? expect.fail();
  for (const { id } of tabs) await connect(reloaded.page, id);

  await reloaded.page.reload();
  const id = await openPeer(reloaded.page, { options: options(path) });
  expect(id).not.toBe(reloaded.id);
  for (const { page, id: other, frames } of tabs) {
    await connect(reloaded.page, other);
    await waitForEvent(page, { type: 'connection-open', peer: id });
    const order = (await events(page)).flatMap((event) =>
      (event.type === 'connection-close' && event.peer === reloaded.id) ||
      (event.type === 'connection-open' && event.peer === id)
        ? [event.type]
        : [],
    );
    expect(order).toEqual(['connection-close', 'connection-open']);
    const leave = frames.indexOf(JSON.stringify({ type: 'LEAVE', src: reloaded.id }));
    expect(leave).toBeGreaterThan(-1);
    expect(frames.findIndex((frame) => frame.includes(id))).toBeGreaterThan(leave);
  }
});

it('two players whose Peers were destroyed at once and made anew leave a seat for a third', async () => {
  const path = '/room/strict';
  const players = [await openTab(), await openTab()];
  for (const page of players) {
    // As React's StrictMode does with every effect. The first Peer has no id yet, and joins later.
    await page.evaluate((place) => new window.Peer(place).destroy(), options(path));
    await openPeer(page, { options: options(path) });
  }
  const list = async () => (await fetch(`${origin()}${path}/peerjs/peers`)).json();
  await expect.poll(list).toHaveLength(4);

  // A game calls everybody who is listed, and so the two that no page speaks for any more.
  const [player = expect.fail()] = players;
  const called = (await list()) as string[];
  await Promise.all(called.map((id) => connect(player, id, { timeout: 1000 }).catch(() => {})));
  await sleep(GHOST_AFTER_MS);

  const third = await openTab();
  const id = await openPeer(third, { options: options(path) });
  expect(await list()).toContain(id);
});
