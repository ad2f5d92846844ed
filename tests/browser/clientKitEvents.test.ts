import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import { spoil } from '../support/browser/idleTabs.ts';
import {
  enter,
  loadKit,
  openKitPage,
  untilHappened,
  untilHeard,
  untilLinked,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

// What a game is told, and what its own mistakes do.

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

it('a listener that throws, at whatever event, costs the player neither the server nor the others', async () => {
  const upstream = Number(new URL(origin()).port);
  const proxy = await TcpProxy.start(upstream);
  onTestFinished(() => proxy.close());
  const where = { server: `http://127.0.0.1:${proxy.port}` };
  const ann = await openKitPage(context(), site(), origin());
  await ann.evaluate(() => {
    window.addEventListener('error', ({ message }) => window.happened.push(message));
  });
  await enter(ann, { where, code: 'throwing' });
  await ann.evaluate(() => {
    const { room } = window;
    for (const name of ['peerjoin', 'peerleave', 'host', 'status', 'update'] as const) {
      room.on(name, () => {
        throw new Error(`a bug at ${name}`);
      });
    }
    // It hears of it behind the one that throws.
    room.on('peerjoin', ({ name }) => window.happened.push(`met ${name}`));
  });
  const others = await Promise.all(
    ['Bob', 'Cid'].map(async (name) => {
      const page = await openKitPage(context(), site(), origin());
      await enter(page, { where: {}, code: 'throwing', profile: { name } });
      return page;
    }),
  );
  await Promise.all([ann, ...others].map((page) => untilLinked(page, 2)));
  for (const name of ['Bob', 'Cid']) await untilHappened(ann, `met ${name}`);
  await untilHappened(ann, 'Uncaught Error: a bug at peerjoin');

  proxy.upstream = undefined;
  proxy.reset();
  await untilHappened(ann, 'status reconnecting');
  proxy.upstream = upstream;
  await untilHappened(ann, 'status online');
});

declare global {
  interface Window {
    /** What the page was told, with the number of players that it saw then. */
    told: string[];
  }
}

/** Keeps what a page is told from now on. */
function listen(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { room } = window;
    window.told = [];
    const tell = (what: string) => window.told.push(`${what} of ${room.players.length}`);
    for (const name of ['peerjoin', 'peerleave', 'host', 'stream', 'status', 'update'] as const) {
      room.on(name, () => tell(name));
    }
    room.makeAction('say').on(() => tell('message'));
  });
}

it('who leaves hears a last status and a last update, and nothing of what is under way', async () => {
  const ann = await openKitPage(context(), site(), origin());
  spoil(ann);
  let last = '';
  await ann.routeWebSocket(/peerjs\?/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (/"peers"/.test(String(frame))) last = String(frame);
      socket.send(frame);
    });
    socket.onMessage((frame) => {
      if (/"LEAVE"/.test(String(frame))) socket.send(last);
      server.send(frame);
    });
  });
  await ann.reload();
  await loadKit(ann, origin());
  await enter(ann, { where: {}, code: 'leaving' });
  const bob = await openKitPage(context(), site(), origin());
  const id = await enter(bob, { where: {}, code: 'leaving' });
  await Promise.all([untilLinked(ann, 1), untilLinked(bob, 1)]);
  await listen(ann);
  await ann.evaluate(() => {
    const { room } = window;
    const stop = room.on('update', () => {
      stop();
      window.told.length = 0;
      room.leave();
      room.leave();
    });
    room.set({ ready: true }).catch(() => {});
  });
  // The page hears what comes in the 200 ms for which the socket stays open.
  await untilHappened(bob, `peerleave ${await ann.evaluate(() => window.room.selfId)}`);
  await bob.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  expect(await ann.evaluate(() => window.told)).toEqual(['status of 0', 'update of 0']);
  expect(await ann.evaluate((id) => window.room.peers.has(id), id)).toBe(false);
});

it('who leaves at the first of two who come is not told of the second', async () => {
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const ann = await openKitPage(context(), site(), origin());
  await enter(ann, { where: { server: `http://127.0.0.1:${proxy.port}` }, code: 'meeting' });
  await listen(ann);
  await ann.evaluate(() => window.room.on('peerjoin', () => window.room.leave()));
  proxy.hold();
  const others = await Promise.all(
    [1, 2].map(async () => {
      const page = await openKitPage(context(), site(), origin());
      await enter(page, { where: {}, code: 'meeting' });
      return page;
    }),
  );
  await Promise.all(others.map((page) => untilTrue(page, () => window.room.peers.size === 2)));
  proxy.letGo();
  await untilTrue(ann, () => window.room.status === 'left');
  const told = await ann.evaluate(() => window.told);
  expect(told.filter((it) => it.startsWith('peerjoin'))).toHaveLength(1);
  expect(told.slice(-2)).toEqual(['status of 0', 'update of 0']);
});

it('who ends its listener, or leaves, at the first of the messages that waited hears no second', async () => {
  const [ann, bob] = await Promise.all([1, 2].map(() => openKitPage(context(), site(), origin())));
  if (!ann || !bob) expect.fail();
  for (const page of [ann, bob]) await enter(page, { where: {}, code: 'early' });
  await bob.evaluate(() => {
    for (const name of ['once', 'leaving']) {
      for (const n of [1, 2]) window.room.makeAction(name).send(n);
    }
    window.say.send('behind them');
  });
  await untilHeard(ann, 'behind them');
  const heard = await ann.evaluate(async () => {
    const { room } = window;
    const heard: unknown[] = [];
    const end = room.makeAction('once').on((n) => {
      end();
      heard.push(`once ${n}`);
    });
    room.makeAction('leaving').on((n) => {
      room.leave();
      heard.push(`leaving ${n}`);
    });
    await new Promise((resolve) => setTimeout(resolve));
    return heard;
  });
  expect(heard).toEqual(['once 1', 'leaving 1']);
});

it('update comes once for all that changes at a time, and not for each answer of each player', async () => {
  const pages = await Promise.all([1, 2, 3, 4].map(() => openKitPage(context(), site(), origin())));
  const [ann = expect.fail(), ...others] = pages;
  for (const page of pages) await enter(page, { where: {}, code: 'counting' });
  await Promise.all(pages.map((page) => untilLinked(page, 3)));
  const counted = ann.evaluate(async () => {
    let [updates, seconds] = [0, 0];
    window.room.on('update', () => {
      updates += 1;
    });
    // As many seconds as the kit takes for its look at the links, however slow the machine is.
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        seconds += 1;
        if (seconds < 6) return;
        clearInterval(timer);
        resolve();
      }, 1000);
    });
    return updates / seconds;
  });
  const talking = setInterval(() => {
    for (const page of others) page.evaluate(() => window.say.send('on')).catch(() => {});
  }, 100);
  onTestFinished(() => clearInterval(talking));
  // One a second for the times to the others, and half a one for whatever else changes.
  expect(await counted).toBeLessThan(1.5);
});
