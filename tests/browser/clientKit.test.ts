import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Where } from '../../client/index.ts';
import { untilTrue } from '../support/browser/browser.ts';
import { startFarProxy } from '../support/browser/farProxy.ts';
import { openGame } from '../support/browser/gamePage.ts';
import { spoil } from '../support/browser/idleTabs.ts';
import {
  enter,
  happened,
  loadKit,
  openConnections,
  openKitPage,
  say,
  setHidden,
  untilHappened,
  untilHeard,
  untilLinked,
  viewOf,
} from '../support/browser/kitPage.ts';
import { startPageServer } from '../support/browser/pageServer.ts';
import { connect, events, openPeer, openTab } from '../support/browser/peerPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { FUZZ_FACTOR } from '../support/fuzzing.ts';
import { listenHere } from '../support/listenHere.ts';
import { onOneRuntime, startTestServer, useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

declare global {
  interface Window {
    endCamera(): void;
  }
}

// Rooms that nobody makes: whoever knows their name may come in.

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

let rooms = 0;
function newRoom(): string {
  rooms += 1;
  return `table-${rooms}`;
}

interface Friend {
  readonly page: Page;
  readonly id: string;
}

/** Opens pages that come into a room one after the other, and waits for their links. */
async function friends(count: number, code = newRoom(), server = origin()): Promise<Friend[]> {
  const all: Friend[] = [];
  for (let n = 0; n < count; n += 1) {
    const page = await openKitPage(context(), site(), server);
    all.push({ page, id: await enter(page, { where: {}, code, profile: { name: `P${n}` } }) });
  }
  await Promise.all(all.map(({ page }) => untilLinked(page, count - 1)));
  return all;
}

async function two(code?: string, server?: string): Promise<[Friend, Friend]> {
  return (await friends(2, code, server)) as [Friend, Friend];
}

/** Starts a server that lets whoever asks it wait for an answer. */
async function startSlowServer(milliseconds: number): Promise<string> {
  const server = createServer(async (_, response) => {
    await sleep(milliseconds);
    response.setHeader('Access-Control-Allow-Origin', '*').end();
  });
  const port = await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

/**
 * Slows down what a page sends and gets from now on, links and requests.
 *
 * @param network milliseconds each way, without which Chromium does nothing, and percent of the packets
 *   of links.
 */
async function slowDown(
  page: Page,
  network: { latency: number; packetLoss?: number },
): Promise<void> {
  spoil(page);
  const session = await context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    downloadThroughput: -1,
    uploadThroughput: -1,
    ...network,
  });
}

/** Makes a room of four by HTTP, which its maker leaves. @returns its code. */
async function newRoomWithCode(): Promise<string> {
  const response = await fetch(`${origin()}/peerjs/games/pong/rooms`, { method: 'POST' });
  const { id, options, room } = (await response.json()) as {
    id: string;
    options: { path: string; token: string };
    room: { code: string };
  };
  const maker = await TestPeer.open(origin(), { id, ...options });
  await maker.close(1001);
  return room.code;
}

/** Comes into a room of four. @returns after how many milliseconds it had its links. */
function linkedIn(page: Page, where: Where, code: string, index: number): Promise<number> {
  return page.evaluate(
    async ([where, code, index]) => {
      const started = performance.now();
      window.room = await window.kit.joinRoom(where, code, { name: `P${index}` });
      await new Promise<void>((resolve) => {
        const look = () => {
          const linked = [...window.room.peers.values()].filter(({ via }) => via === 'direct');
          if (linked.length === 3) resolve();
        };
        window.room.on('update', look);
        look();
      });
      return Math.round(performance.now() - started);
    },
    [where, code, index] as const,
  );
}

/** How long the kit waits for a link before it tries once more: client/Mesh.ts. */
const LINK_MS = 4500;

it('four players who come at the same moment have one link for each pair, and agree on names and host', async () => {
  const port = Number(new URL(origin()).port);
  const pages = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      // To one address a browser opens one socket at a time, and these are four players.
      const proxy = await startFarProxy(port, 50);
      onTestFinished(() => proxy.close());
      return openKitPage(context(), site(), `http://127.0.0.1:${proxy.port}`);
    }),
  );
  // Both ends of a link delay what they send, and what they get: it takes 100 ms there and back.
  for (const page of pages) await slowDown(page, { latency: 25 });
  const times = { byName: [] as number[], byCode: [] as number[] };
  const attempts: number[] = [];
  for (let round = 1; round <= 4 * FUZZ_FACTOR; round += 1) {
    const isMade = round % 2 === 0;
    const [where, code] = isMade ? [{ game: 'pong' }, await newRoomWithCode()] : [{}, newRoom()];
    const took = await Promise.all(pages.map((page, index) => linkedIn(page, where, code, index)));
    times[isMade ? 'byCode' : 'byName'].push(...took);
    const views = await Promise.all(pages.map(viewOf));
    for (const { names, hostId } of views) {
      expect(names).toEqual(views[0]?.names);
      expect(hostId).toBe(views[0]?.hostId);
    }
    expect(views.filter(({ isHost }) => isHost)).toHaveLength(1);
    const isOnTime = Math.max(...took) < LINK_MS;
    for (const [index, page] of pages.entries()) {
      const all = await page.evaluate(() => window.connections.length);
      if (isOnTime) {
        expect(await openConnections(page)).toBe(3);
        expect(all - (attempts[index] ?? 0)).toBe(3);
        // A link that is late is tried again, and what is left of the first attempt ends.
      } else await expect.poll(() => openConnections(page)).toBe(3);
      attempts[index] = all;
    }
    for (const page of pages) await page.evaluate(() => window.room.leave());
    for (const page of pages) await expect.poll(() => openConnections(page)).toBe(0);
  }
  for (const [how, all] of Object.entries(times)) {
    all.sort((one, other) => one - other);
    const [half, most] = [0.5, 0.95].map((share) => all[Math.ceil(all.length * share) - 1]);
    console.log(
      `${how}: half had links to all three others within ${half} ms, 95 of 100 within ${most} ms, 100 ms there and back`,
    );
  }
});

it('a player calls whom it finds at the first word of the server, and waits for no other', async () => {
  const code = newRoom();
  await friends(1, code);
  const page = await openKitPage(context(), site(), origin());
  spoil(page);
  const said: string[] = [];
  await page.routeWebSocket(/peerjs\?/, (socket) => {
    socket.connectToServer();
    // It gets nowhere, so that nothing is answered.
    socket.onMessage((frame) => said.push(JSON.parse(String(frame)).type));
  });
  await page.reload();
  await loadKit(page, origin());
  const entrance = enter(page, { where: {}, code });
  entrance.catch(() => {});
  await expect.poll(() => said).toContain('OFFER');
});

it('the addresses of a player go as many in a frame as are found at once', async () => {
  const code = newRoom();
  await friends(1, code);
  const page = await openKitPage(context(), site(), origin());
  const sent: { candidate?: object; kit?: { candidates?: object[] } }[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload: text }) => {
      const { type, payload } = JSON.parse(String(text));
      if (type === 'CANDIDATE') sent.push(payload);
    });
  });
  await enter(page, { where: {}, code });
  await untilLinked(page, 1);
  const found = () =>
    page.evaluate(
      () => window.connections[0]?.localDescription?.sdp.match(/^a=candidate/gm)?.length,
    );
  await expect
    .poll(async () => sent.flatMap(({ kit }) => kit?.candidates ?? []).length === (await found()))
    .toBe(true);
  expect(sent.filter(({ candidate }) => candidate)).toEqual([]);
});

describe('a message', () => {
  it('reaches all or one, whatever its size, and before the link is open', async () => {
    const code = newRoom();
    const pages = await Promise.all([1, 2, 3].map(() => openKitPage(context(), site(), origin())));
    const [first, second, third] = pages as [Page, Page, Page];
    await enter(first, { where: {}, code });
    const id = await enter(second, { where: {}, code });
    await enter(third, { where: {}, code });
    const long = 'x'.repeat(300_000);
    await untilTrue(first, () => window.room.peers.size === 2);
    await first.evaluate(
      ([text, to = '']) => {
        window.say.send({ text });
        window.say.send('only you', { to });
      },
      [long, id],
    );
    await Promise.all([second, third].map((page) => untilHeard(page, { text: long })));
    await untilHeard(second, 'only you');
    await say(first, 'last');
    await untilHeard(third, 'last');
    expect(await third.evaluate(() => window.heard)).toEqual([{ text: long }, 'last']);
  });

  onOneRuntime('waits for the first listener of its kind', async () => {
    const [ann, bob] = await two();
    await ann.page.evaluate(() => window.room.makeAction('later').send('early bird'));
    await say(ann.page, 'sent after it');
    await untilHeard(bob.page, 'sent after it');
    const heard = await bob.page.evaluate(
      () => new Promise((resolve) => window.room.makeAction('later').on(resolve)),
    );
    expect(heard).toBe('early bird');
  });

  onOneRuntime('that is unreliable is neither ordered nor sent again', async () => {
    const [ann, bob] = await two();
    await untilTrue(ann.page, () =>
      window.channels.some((it) => it.maxRetransmits === 0 && it.readyState === 'open'),
    );
    const fast = await ann.page.evaluate(() => {
      const channel = window.channels.find(({ maxRetransmits }) => maxRetransmits === 0);
      const sent: unknown[] = [];
      if (channel !== undefined) channel.send = (data: unknown) => sent.push(data);
      window.sayFast.send('quick');
      return { ordered: channel?.ordered, sent };
    });
    expect(fast).toEqual({ ordered: false, sent: ['["say-fast","quick"]'] });
    await bob.page.evaluate(() => window.sayFast.send('back'));
    await untilTrue(ann.page, () => window.heardFast.includes('back'));
  });
});

onOneRuntime(
  'an unreliable message that is too long for the browser is lost, and keeps back nothing else',
  async () => {
    const [ann, bob] = await two();
    await ann.page.evaluate(() => window.sayFast.send('x'.repeat(300_000)));
    const saying = setInterval(() => {
      ann.page.evaluate(() => window.sayFast.send('short')).catch(() => {});
    }, 100);
    onTestFinished(() => clearInterval(saying));
    await untilTrue(bob.page, () => window.heardFast.length > 0);
    expect(await bob.page.evaluate(() => window.heardFast[0])).toBe('short');
  },
);

it('a link that ends in the middle of messages, short and long, loses none, doubles none, and changes no order', async () => {
  const [ann, bob] = await two();
  const links = 3;
  for (let link = 0; link < links; link += 1) {
    await Promise.all([untilLinked(ann.page, 1), untilLinked(bob.page, 1)]);
    // Each says something while it has a link, and in the moment in which one of them ends it.
    for (const { page } of link % 2 === 0 ? [ann, bob] : [bob, ann]) {
      await page.evaluate((link) => {
        for (let n = 0; n < 20; n += 1) {
          window.say.send([link, n, n % 10 === 5 ? 'x'.repeat(100_000) : '']);
        }
        window.connections.at(-1)?.close();
        window.say.send([link, 'last']);
      }, link);
    }
  }
  const all = Array.from({ length: links }, (_, link) => [
    ...Array.from({ length: 20 }, (_, n) => `${link} ${n}`),
    `${link} last`,
  ]).flat();
  for (const { page } of [ann, bob]) {
    const heard = () =>
      page.evaluate(() => window.heard.map((it) => (it as []).slice(0, 2).join(' ')));
    await expect.poll(async () => (await heard()).at(-1)).toBe(all.at(-1));
    expect(await heard()).toEqual(all);
  }
});

onOneRuntime(
  'a message that the browser drops without a word is sent again, in its place',
  async () => {
    const [ann, bob] = await two();
    // The one who came later has called, and made the channels.
    await bob.page.evaluate(() => {
      const channel = window.channels.find(
        ({ maxRetransmits, readyState }) => maxRetransmits === null && readyState === 'open',
      );
      if (channel === undefined) throw new Error('There is no reliable channel.');
      channel.send = () => Reflect.deleteProperty(channel, 'send');
      window.say.send('dropped');
      window.say.send('next');
    });
    await untilHeard(ann.page, 'next');
    expect(await ann.page.evaluate(() => window.heard)).toEqual(['dropped', 'next']);
  },
);

onOneRuntime(
  'of a network that loses every fifth packet, unreliable messages get lost and reliable ones do not',
  async () => {
    const code = newRoom();
    const pages = await Promise.all([1, 2].map(() => openKitPage(context(), site(), origin())));
    for (const page of pages) {
      await slowDown(page, { latency: 20, packetLoss: 20 });
      await enter(page, { where: {}, code });
    }
    await Promise.all(pages.map((page) => untilLinked(page, 1)));
    const [ann = expect.fail(), bob = expect.fail()] = pages;
    const sending = ann.evaluate(async () => {
      let n = 0;
      // The unreliable channel drops what would wait: where the machine is busy, all of it for a while.
      for (; n < 60 || !window.heard.includes('enough'); n += 1) {
        window.sayFast.send(n);
        if (n < 60 && n % 12 === 0) window.say.send(n);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return n;
    });
    await untilHeard(bob, 48);
    expect(await bob.evaluate(() => window.heard)).toEqual([0, 12, 24, 36, 48]);
    await untilTrue(bob, () => window.heardFast.length > 0);
    await say(bob, 'enough');
    const sent = await sending;
    const fast = await bob.evaluate(() => window.heardFast.length);
    expect(fast).toBeGreaterThan(0);
    expect(fast).toBeLessThan(sent);
  },
);

describe('nobody is seen to leave', () => {
  it('when the socket of one is cut, and its messages flow on', async () => {
    const proxy = await TcpProxy.start(Number(new URL(origin()).port));
    try {
      const code = newRoom();
      const ann = await openKitPage(context(), site(), `http://127.0.0.1:${proxy.port}`);
      await enter(ann, { where: {}, code, profile: { name: 'Ann' } });
      const bob = await openKitPage(context(), site(), origin());
      await enter(bob, { where: {}, code, profile: { name: 'Bob' } });
      await Promise.all([untilLinked(ann, 1), untilLinked(bob, 1)]);
      const before = await happened(bob);

      const upstream = proxy.upstream;
      proxy.upstream = undefined;
      proxy.reset();
      await untilHappened(ann, 'status reconnecting');
      await untilTrue(bob, () => [...window.room.peers.values()].every(({ away }) => away));
      await say(ann, 'still here');
      await untilHeard(bob, 'still here');

      proxy.upstream = upstream;
      await untilHappened(ann, 'status online');
      await untilTrue(bob, () => [...window.room.peers.values()].every(({ away }) => !away));
      expect(await happened(bob)).toEqual(before);
      expect((await viewOf(ann)).names).toEqual(['Ann', 'Bob']);
    } finally {
      await proxy.close();
    }
  });

  it('when one is without the server for longer than its seat is kept', async () => {
    const server = await startTestServer({ environment: { LEAVE_GRACE_MS: '500' } });
    const proxy = await TcpProxy.start(server.port);
    try {
      const code = newRoom();
      const bob = await openKitPage(context(), site(), `http://127.0.0.1:${server.port}`);
      await enter(bob, { where: {}, code, profile: { name: 'Bob' } });
      const ann = await openKitPage(context(), site(), `http://127.0.0.1:${proxy.port}`);
      await enter(ann, { where: {}, code, profile: { name: 'Ann' } });
      await Promise.all([untilLinked(ann, 1), untilLinked(bob, 1)]);
      const before = await happened(bob);
      const list = async () =>
        (await fetch(`http://127.0.0.1:${server.port}/room/${code}/peerjs/peers`)).json();

      const upstream = proxy.upstream;
      proxy.upstream = undefined;
      proxy.reset();
      await expect.poll(list).toHaveLength(1);
      await bob.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
      await say(ann, 'still here');
      await untilHeard(bob, 'still here');
      proxy.upstream = upstream;
      await expect.poll(list).toHaveLength(2);
      await untilLinked(bob, 1);
      expect(await happened(bob)).toEqual(before);
      expect(await openConnections(bob)).toBe(1);
    } finally {
      await proxy.close();
      await server.stop();
    }
  });

  it('when the server is started anew, which then has everybody again', async () => {
    const first = await startTestServer();
    const server = `http://127.0.0.1:${first.port}`;
    const [ann, bob] = await two(newRoom(), server);
    await first.stop();
    await untilHappened(ann.page, 'status reconnecting');
    await say(ann.page, 'without a server');
    await untilHeard(bob.page, 'without a server');
    const second = await startTestServer({ port: first.port });
    try {
      for (const { page } of [ann, bob]) {
        await untilHappened(page, 'status online');
        await untilTrue(page, () => window.room.players.every(({ away }) => !away));
      }
      await expect
        .poll(async () => (await viewOf(ann.page)).hostId)
        .toBe((await viewOf(bob.page)).hostId);
      for (const { page } of [ann, bob]) {
        expect((await happened(page)).filter((it) => it.startsWith('peerleave'))).toEqual([]);
        expect(await openConnections(page)).toBe(1);
      }
    } finally {
      await second.stop();
    }
  });
});

describe('a page', () => {
  it('that is reloaded has its seat and its name again, also where its game names no name', async () => {
    const code = newRoom();
    const [ann, bob] = await two(code);
    await bob.page.evaluate(() => window.room.set({ name: undefined, ready: true }));
    await bob.page.reload();
    await loadKit(bob.page, origin());
    const profile = { name: undefined, data: undefined };
    expect(await enter(bob.page, { where: {}, code, profile })).toBe(bob.id);
    await Promise.all([untilLinked(ann.page, 1), untilLinked(bob.page, 1)]);
    expect((await viewOf(ann.page)).names).toEqual(['P0', 'P1']);
    await say(bob.page, 'back again');
    await untilHeard(ann.page, 'back again');
  });

  it.each([
    ['the browser answers late', 2000, 0],
    ['the page before takes its time to go', 0, 600],
  ])('that is reloaded has its seat again where %s', async (_, lateMs, goneMs) => {
    const code = newRoom();
    const page = await openKitPage(context(), site(), origin());
    const id = await enter(page, { where: {}, code });
    const lock = await page.evaluate(async (id) => {
      const { held = [] } = await navigator.locks.query();
      return held.find(({ name }) => name?.includes(id))?.name;
    }, id);
    await page.reload();
    await loadKit(page, origin());
    await page.evaluate(
      async ([lock = '', lateMs, goneMs]: [string | undefined, number, number]) => {
        const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
        await new Promise((resolve) => {
          void navigator.locks.request(lock, () => {
            resolve(undefined);
            return wait(goneMs);
          });
        });
        // The signal of a request that is given up may end it while it is on its way.
        const { request } = LockManager.prototype;
        LockManager.prototype.request = async function (...all: unknown[]) {
          await wait(lateMs);
          return Reflect.apply(request, this, all);
        };
      },
      [lock, lateMs, goneMs] as [string | undefined, number, number],
    );
    expect(await enter(page, { where: {}, code })).toBe(id);
  });

  it('that is a second tab, or a copy of a tab, is a second player', async () => {
    const code = newRoom();
    const original = await openKitPage(context(), site(), origin());
    const id = await enter(original, { where: {}, code });
    // A browser that duplicates a tab copies what it has stored.
    const stored = await original.evaluate(() => ({ ...sessionStorage }));
    expect(JSON.stringify(stored)).toContain(id);
    const { page: copy } = await openGame(context(), site());
    await copy.evaluate(
      (entries) => {
        for (const [name, value] of Object.entries(entries)) sessionStorage.setItem(name, value);
      },
      stored as Record<string, string>,
    );
    await loadKit(copy, origin());
    expect(await enter(copy, { where: {}, code })).not.toBe(id);
    await Promise.all([untilLinked(original, 1), untilLinked(copy, 1)]);
  });
});

describe('the host', () => {
  it('stands still for some seconds: another one is the host, and it is away no longer once it goes on', async () => {
    const [ann, bob, cid] = (await friends(3)) as [Friend, Friend, Friend];
    const session = await context().newCDPSession(ann.page);
    await session.send('Debugger.enable');
    await session.send('Debugger.pause');
    for (const { page } of [bob, cid]) await untilHappened(page, `host ${bob.id}`);
    const isAway = (page: Page) =>
      page.evaluate((id) => window.room.players.find((it) => it.id === id)?.away, ann.id);
    expect(await isAway(bob.page)).toBe(true);
    await session.send('Debugger.resume');
    await session.detach();
    for (const { page } of [ann, bob, cid]) await expect.poll(() => isAway(page)).toBe(false);
    expect(await viewOf(ann.page)).toMatchObject({ hostId: bob.id });
  });

  it('closes its tab: the others have another one, and see at once that it is gone', async () => {
    const [ann, bob, cid] = (await friends(3)) as [Friend, Friend, Friend];
    expect(await viewOf(bob.page)).toMatchObject({ hostId: ann.id, isHost: false });
    await ann.page.close();
    for (const { page } of [bob, cid]) {
      await untilHappened(page, `peerleave ${ann.id}`);
      // In this order, so that the new host can take the old one out of the game.
      expect((await happened(page)).slice(-2)).toEqual([`host ${bob.id}`, `peerleave ${ann.id}`]);
    }
    expect(await viewOf(bob.page)).toMatchObject({ isHost: true, names: ['P1', 'P2'] });
  });

  it('is reloaded: the others see it go and come', async () => {
    const code = newRoom();
    const [ann, bob] = await two(code);
    await ann.page.reload();
    await loadKit(ann.page, origin());
    expect(await enter(ann.page, { where: {}, code })).toBe(ann.id);
    await untilHappened(bob.page, `peerjoin ${ann.id}`);
    await untilLinked(bob.page, 1);
    const seen = (await happened(bob.page)).filter((it) => it.startsWith('peer'));
    expect(seen).toEqual([`peerleave ${ann.id}`, `peerjoin ${ann.id}`]);
  });

  it('leaves while the server is away: the others see that too', async () => {
    const proxy = await TcpProxy.start(Number(new URL(origin()).port));
    onTestFinished(() => proxy.close());
    const code = newRoom();
    const [ann] = (await friends(1, code)) as [Friend];
    const bob = await openKitPage(context(), site(), origin());
    const where = { server: `http://127.0.0.1:${proxy.port}` };
    await enter(bob, { where, code });
    await Promise.all([untilLinked(ann.page, 1), untilLinked(bob, 1)]);
    proxy.upstream = undefined;
    proxy.reset();
    await untilHappened(bob, 'status reconnecting');
    await ann.page.close();
    await untilHappened(bob, `peerleave ${ann.id}`);
    expect(await viewOf(bob)).toMatchObject({ hostId: ann.id, status: 'reconnecting' });
  });

  it('is stuck for some seconds: the others have another one, and it is no more the host', async () => {
    const [ann, bob, cid] = (await friends(3)) as [Friend, Friend, Friend];
    const slow = await startSlowServer(12_000);
    const started = Date.now();
    // It waits, and does nothing else meanwhile, as if it computed, but without the processor.
    const stuck = ann.page.evaluate((url) => {
      const request = new XMLHttpRequest();
      request.open('GET', url, false);
      request.send();
    }, slow);
    // If the test fails before, that is what is to be read.
    stuck.catch(() => {});
    await Promise.all([bob, cid].map(({ page }) => untilHappened(page, `host ${bob.id}`)));
    console.log(`a stuck host was replaced after ${Date.now() - started} ms`);
    await stuck;
    await untilHappened(ann.page, `host ${bob.id}`);
    await untilLinked(ann.page, 2);
  });

  it('hides its page: a player who looks at the game becomes the host', async () => {
    const [ann, bob, cid] = (await friends(3)) as [Friend, Friend, Friend];
    await setHidden(bob.page, true);
    await setHidden(ann.page, true);
    for (const { page } of [ann, bob, cid]) await untilHappened(page, `host ${cid.id}`);
  });

  it('alone may kick: another player is refused, also if the room changes meanwhile', async () => {
    const proxy = await TcpProxy.start(Number(new URL(origin()).port));
    try {
      const code = newRoom();
      const ann = await openKitPage(context(), site(), origin());
      const id = await enter(ann, { where: {}, code });
      const bob = await openKitPage(context(), site(), `http://127.0.0.1:${proxy.port}`);
      await enter(bob, { where: {}, code });
      await untilLinked(bob, 1);

      proxy.hold();
      await ann.evaluate(() => window.room.set({ name: 'Ann' }));
      const answer = bob.evaluate(
        (id) =>
          window.room.kick(id).then(
            () => 'kept',
            ({ type }) => type,
          ),
        id,
      );
      await bob.evaluate(() => 'it is under way');
      proxy.letGo();
      expect(await answer).toBe('not-the-host');
    } finally {
      await proxy.close();
    }
  });

  it('hands its role over, and nobody else may', async () => {
    const [ann, bob] = await two();
    const refused = bob.page.evaluate(
      (id) => window.room.makeHost(id).catch(({ type }) => type),
      bob.id,
    );
    expect(await refused).toBe('not-the-host');
    await ann.page.evaluate((id) => window.room.makeHost(id), bob.id);
    await untilHappened(bob.page, `host ${bob.id}`);
  });

  it('kicks a player, who is out for all, is told so again after a reload, and may then take another seat', async () => {
    const code = newRoom();
    const [ann, bob, cid] = (await friends(3, code)) as [Friend, Friend, Friend];
    await ann.page.evaluate((id) => window.room.kick(id), cid.id);
    await untilHappened(cid.page, 'status left kicked');
    for (const { page } of [ann, bob]) {
      await untilHappened(page, `peerleave ${cid.id}`);
      await expect.poll(() => openConnections(page)).toBe(1);
    }
    await expect(cid.page.evaluate(() => window.room.set({ name: 'Cid' }))).rejects.toThrow('left');
    await cid.page.reload();
    await loadKit(cid.page, origin());
    await expect(enter(cid.page, { where: {}, code })).rejects.toThrow('kicked: ');
    expect(await enter(cid.page, { where: {}, code })).not.toBe(cid.id);
    await untilLinked(cid.page, 2);
  });
});

it('a change of the network gives a link another path, and nobody notices', async () => {
  const [ann, bob] = await two();
  const fragment = () =>
    ann.page.evaluate(
      () => /ice-ufrag:(\S+)/.exec(window.connections[0]?.localDescription?.sdp ?? '')?.[1],
    );
  const before = await fragment();
  expect(before).toBeDefined();
  // Either end notices, and only the one that called makes the offer.
  await ann.page.evaluate(() => dispatchEvent(new Event('online')));
  await expect.poll(fragment).not.toBe(before);
  await untilTrue(ann.page, () => window.connections[0]?.signalingState === 'stable');
  await say(bob.page, 'over another path');
  await untilHeard(ann.page, 'over another path');
  expect(await openConnections(ann.page)).toBe(1);
  expect(await happened(bob.page)).not.toContain(`peerleave ${ann.id}`);
});

it.each([
  ['has called', true],
  ['was called', false],
])(
  'the ICE servers are asked for again at half their life, and another path uses the new ones: a page that %s',
  async (_, isCaller) => {
    const code = newRoom();
    // Who comes later calls.
    if (isCaller) await friends(1, code);
    const page = await openKitPage(context(), site(), origin());
    let answers = 0;
    await page.route('**/ice*', (route) => {
      answers += 1;
      const iceServers = [{ urls: [`stun:127.0.0.1:${answers}`] }];
      return route.fulfill({
        json: { iceServers, ttl: 4 },
        headers: { 'Access-Control-Allow-Origin': '*' },
      });
    });
    const started = performance.now();
    await enter(page, { where: {}, code });
    if (!isCaller) await enter(await openKitPage(context(), site(), origin()), { where: {}, code });
    await untilLinked(page, 1);
    await expect.poll(() => answers).toBeGreaterThan(1);
    expect(performance.now() - started).toBeGreaterThan(1900);
    const used = () =>
      page.evaluate(() => window.connections[0]?.getConfiguration().iceServers?.[0]?.urls);
    const atFirst = await used();
    await expect.poll(() => answers).toBeGreaterThan(3);
    expect(await used()).toEqual(atFirst);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await expect.poll(used).not.toEqual(atFirst);
  },
);

it('a change of the kind of network is one too', async () => {
  const [ann] = await two();
  const fragment = () =>
    ann.page.evaluate(
      () => /ice-ufrag:(\S+)/.exec(window.connections[0]?.localDescription?.sdp ?? '')?.[1],
    );
  const before = await fragment();
  await ann.page.evaluate(() => {
    const { connection } = navigator as unknown as { connection: EventTarget };
    connection.dispatchEvent(new Event('change'));
  });
  await expect.poll(fragment).not.toBe(before);
});

/** Sends a camera and a microphone to the room. */
function addCamera(page: Page): Promise<void> {
  return page.evaluate(async () => {
    window.room.addStream(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
  });
}

onOneRuntime('a camera reaches all, those who come later included', async () => {
  const code = newRoom();
  const [ann, bob] = await two(code);
  await addCamera(ann.page);
  await untilHappened(bob.page, `stream ${ann.id} 2`);
  const cid = await openKitPage(context(), site(), origin());
  await enter(cid, { where: {}, code });
  await untilHappened(cid, `stream ${ann.id} 2`);
});

onOneRuntime(
  'a camera that is added twice comes once, and its end ends its tracks for the others',
  async () => {
    const [ann, bob] = await two();
    await bob.page.evaluate(() =>
      window.room.on('stream', (stream) => {
        for (const track of stream.getTracks()) {
          track.addEventListener('ended', () => window.happened.push(`${track.kind} ended`));
        }
      }),
    );
    await ann.page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const { room } = window;
      const [, end] = [room.addStream(stream), room.addStream(stream)];
      window.endCamera = end;
    });
    await untilHappened(bob.page, `stream ${ann.id} 2`);
    const started = Date.now();
    await ann.page.evaluate(() => window.endCamera());
    await untilHappened(bob.page, 'video ended');
    console.log(`the end of a camera was seen after ${Date.now() - started} ms`);
    expect((await happened(bob.page)).filter((it) => it.startsWith('stream'))).toHaveLength(1);
    for (const { page } of [ann, bob]) await expect.poll(() => openConnections(page)).toBe(1);
  },
);

onOneRuntime('a camera that is switched off before it has come leaves nothing behind', async () => {
  const [ann, bob] = await two();
  await ann.page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    for (let n = 0; n < 6; n += 1) {
      const end = window.room.addStream(stream);
      await new Promise((resolve) => setTimeout(resolve, 60));
      end();
    }
  });
  // Its browser takes 15 s to see that nothing comes.
  for (const { page } of [ann, bob]) await expect.poll(() => openConnections(page)).toBe(1);
});

onOneRuntime(
  'a camera that is switched off before its page has said where it is leaves nothing behind',
  async () => {
    const [ann, bob] = await two();
    for (const { page } of [ann, bob]) {
      await page.evaluate(() => {
        const { send } = WebSocket.prototype;
        WebSocket.prototype.send = function (data) {
          // PeerJS gives the connections of media ids that begin with "mc_".
          if (!/^{"type":"CANDIDATE".*"mc_/.test(String(data))) send.call(this, data);
        };
      });
    }
    await ann.page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true });
      window.endCamera = window.room.addStream(stream);
    });
    await expect.poll(() => openConnections(bob.page)).toBe(2);
    await ann.page.evaluate(() => window.endCamera());
    await expect.poll(() => openConnections(bob.page)).toBe(1);
  },
);

onOneRuntime('a camera that comes before the page listens waits for it', async () => {
  const code = newRoom();
  const [ann = expect.fail()] = await friends(1, code);
  await addCamera(ann.page);
  const bob = await openKitPage(context(), site(), origin());
  const from = await bob.evaluate(async (code) => {
    const room = await window.kit.joinRoom({}, code);
    const connected = () =>
      window.connections.filter((it) => it.connectionState === 'connected').length;
    // The link, and the call.
    while (connected() < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    return new Promise<string>((resolve) => {
      room.on('stream', (_, { id }) => resolve(id));
    });
  }, code);
  expect(from).toBe(ann.id);
});

it('a camera that loses its path comes again by another, and so does one that was added without the server', async () => {
  const upstream = Number(new URL(origin()).port);
  const proxy = await TcpProxy.start(upstream);
  onTestFinished(() => proxy.close());
  const [ann, bob] = await two(newRoom(), `http://127.0.0.1:${proxy.port}`);
  proxy.upstream = undefined;
  proxy.reset();
  await untilHappened(ann.page, 'status reconnecting');
  await addCamera(ann.page);
  proxy.upstream = upstream;
  const cameras = async () =>
    (await happened(bob.page)).filter((it) => it === `stream ${ann.id} 2`).length;
  await expect.poll(cameras).toBe(1);
  await expect.poll(() => openConnections(ann.page)).toBe(2);
  await ann.page.evaluate(() => {
    window.connections.find((it) => it.getSenders().length > 0)?.close();
  });
  await expect.poll(cameras).toBe(2);
  await expect.poll(() => openConnections(ann.page)).toBe(2);
});

describe('a stock client in the same room', () => {
  /** One that is alone in its room. */
  async function stockClient(): Promise<{ stock: Page; code: string }> {
    const code = newRoom();
    const pages = await startPageServer();
    onTestFinished(() => pages.close());
    const stock = await openTab(context(), pages);
    const options = { host: '127.0.0.1', port: Number(new URL(origin()).port) };
    await openPeer(stock, { id: 'stock', options: { ...options, path: `/room/${code}` } });
    return { stock, code };
  }

  it('is no host, though it came first: the first player is', async () => {
    const { code } = await stockClient();
    const [ann, bob] = await two(code);
    const before = await viewOf(ann.page);
    expect(before).toMatchObject({ hostId: ann.id, isHost: true });
    expect(await viewOf(bob.page)).toMatchObject({ hostId: ann.id, isHost: false });
    const term = await bob.page.evaluate(() => window.room.term);
    await ann.page.evaluate(() => window.room.leave());
    await untilHappened(bob.page, `host ${bob.id}`);
    expect(await bob.page.evaluate(() => window.room.term)).toBeGreaterThan(term);
  });

  it('is neither called nor shown, and may call whom it likes', async () => {
    const { stock, code } = await stockClient();
    const [ann, bob] = await two(code);
    await connect(stock, ann.id);
    await say(ann.page, 'to the players');
    await untilHeard(bob.page, 'to the players');
    expect((await viewOf(ann.page)).names).toEqual(['P0', 'P1']);
    const types = (await events(stock)).filter((it) => 'peer' in it && it.peer !== ann.id);
    expect(types).toEqual([]);
  });
});
