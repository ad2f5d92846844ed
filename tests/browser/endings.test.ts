import { setTimeout as sleep } from 'node:timers/promises';
import type { DataConnection, Peer } from 'peerjs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import {
  newContext,
  newPage,
  newPageBeside,
  SELDOM,
  untilTrue,
} from '../support/browser/browser.ts';
import { snippet } from '../support/browser/gamePage.ts';
import { launchMortalBrowser } from '../support/browser/mortalBrowser.ts';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { openTab } from '../support/browser/peerPage.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { table } from '../support/documents.ts';
import { startOfficialServers } from '../support/officialServer.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startTestServer } from '../support/servers.ts';

// How a player's page or socket may end, and what the friend sees of it who has an open DataConnection
// with that player: real tabs, on this server and on the official one, all at the same time; once in
// Chromium and once in Firefox. The results are the table under "What the others see" in
// docs/protocol.md.

declare global {
  interface Window {
    stayConnected(peer: Peer): void;
    player: Peer;
    friend: Friend;
  }
}

/** What lives in the friend's page: a peer, and what it writes down about its connections. */
interface Friend {
  readonly peer: Peer;
  /** By the id of the player. */
  readonly links: Record<string, Link>;
}

interface Link {
  readonly connection: DataConnection;
  closedAt: number | undefined;
  messages: number;
  /** Once a second, while the case goes on. */
  readonly samples: { readonly at: number; readonly open: boolean; readonly messages: number }[];
}

interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

interface System {
  readonly name: 'this server' | 'the official one';
  readonly path: string;
  start(): Promise<Server>;
}

const SYSTEMS: readonly System[] = [
  {
    name: 'this server',
    path: '/room/endings',
    start: () => startTestServer({ environment: { MAX_PEERS_PER_ROOM: '10' } }, 'workerd'),
  },
  {
    name: 'the official one',
    path: '/',
    async start() {
      const { origins, stop } = await startOfficialServers([{}]);
      return { port: Number(new URL(origins[0] ?? '').port), stop };
    },
  },
];

/** A server, with a friend who waits there for players in a page of its own. */
interface Place {
  readonly system: System;
  readonly friend: Page;
  /** A proxy before the server, as the friend's browser has one too. */
  openProxy(): Promise<TcpProxy>;
  /** Takes the server away from all, and ends it. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
}

/** A player who is connected to the friend of a place, in a page of its own. */
interface Scene {
  readonly place: Place;
  readonly id: string;
  readonly player: Page;
  /** What stands between the player's browser and the server. */
  readonly proxy: TcpProxy;
  /** Opens the player's peer in its page, and resolves when it is open. */
  join(): Promise<void>;
}

interface Case {
  readonly name: string;
  /** The row of the document, if it does not have the name. */
  readonly row?: string;
  /** The code with which the player's socket is closed. Undefined: nobody sends a close frame. */
  readonly closeCode: number | undefined;
  /** Whether the player's page has the lines of docs/deploy.md. The friend's always has. */
  readonly staysConnected: boolean;
  /** Whether it needs a server of its own, as it takes it away. */
  readonly stopsServer?: true;
  /** Seconds from the end until nobody looks any more. */
  readonly watch: number;
  /** Makes it happen. */
  end(scene: Scene): Promise<void>;
}

interface Outcome {
  /** The code with which the socket was closed. Undefined: nobody sent a close frame. */
  readonly closeCode: number | undefined;
  /** Seconds after which the friend's connection was closed. Undefined: it never was. */
  readonly closedAfter: number | undefined;
  /** The longest time in seconds for which no message came over the connection while it was open. */
  readonly longestSilence: number;
  readonly samples: Link['samples'];
  /** Whether the player, and the friend, were with the server at the end. */
  readonly isOpen: readonly [boolean, boolean];
}

const GRACE_SECONDS = 30;

/** Seconds that are no more than a moment on a loaded machine, and far from the grace period. */
const AT_ONCE = 15;

/** Seconds without a message that a loaded machine may make of one. Without a connection it is all of them. */
const SILENCE = 30;

/** What a runtime reports for a close frame without a code. */
const NO_CODE = 1005;

const SERVER_AWAY = {
  row: 'the server is restarted, or away for 10 s or 40 s',
  // The official server says nothing when it ends.
  closeCode: 1012,
  staysConnected: true,
  stopsServer: true,
} as const;

const CASES: readonly Case[] = [
  {
    name: 'the tab is closed',
    closeCode: 1001,
    staysConnected: false,
    watch: 50,
    end: ({ player }) => player.close(),
  },
  {
    name: 'the page is reloaded',
    closeCode: 1001,
    staysConnected: false,
    watch: 20,
    async end({ player, join }) {
      await player.reload();
      await addSnippet(player);
      await join();
    },
  },
  {
    name: 'its process crashes',
    closeCode: 1001,
    staysConnected: false,
    watch: 50,
    end: crashPages,
  },
  {
    name: 'disconnect()',
    closeCode: NO_CODE,
    staysConnected: false,
    watch: 40,
    end: ({ player }) => player.evaluate(() => window.player.disconnect()),
  },
  {
    name: 'destroy()',
    closeCode: NO_CODE,
    staysConnected: false,
    watch: 20,
    end: ({ player }) => player.evaluate(() => window.player.destroy()),
  },
  {
    name: 'a proxy resets the socket, and nothing reconnects',
    closeCode: undefined,
    staysConnected: false,
    watch: 45,
    end: async ({ proxy }) => proxy.reset(),
  },
  {
    name: 'a proxy resets the socket, and lets nobody through for 10 s',
    closeCode: undefined,
    staysConnected: true,
    watch: 45,
    async end({ proxy, player }) {
      const port = proxy.upstream;
      proxy.upstream = undefined;
      proxy.reset();
      await sleep(10_000);
      proxy.upstream = port;
      await untilOpen(player);
    },
  },
  {
    ...SERVER_AWAY,
    name: 'the server is restarted',
    watch: 40,
    async end({ place }) {
      await place.stopServer();
      await place.startServer();
    },
  },
  {
    ...SERVER_AWAY,
    name: '10 s without the server',
    watch: 45,
    async end({ place }) {
      await place.stopServer();
      await sleep(10_000);
      await place.startServer();
    },
  },
  {
    ...SERVER_AWAY,
    name: '40 s without the server',
    watch: 45,
    async end({ place, player }) {
      await place.stopServer();
      await sleep(40_000);
      await place.startServer();
      await Promise.all([untilOpen(player), untilOpen(place.friend)]);
    },
  },
];

async function untilOpen(page: Page): Promise<void> {
  await untilTrue(page, () => (window.player ?? window.friend.peer).open);
}

const cleanUps: (() => Promise<unknown>)[] = [];
const outcomes = new Map<string, Promise<Outcome>>();
/** The processes of the pages of those who crash, who live in a browser of their own. */
const mortals: number[] = [];

/** The first of the two systems' cases does it for both. */
async function crashPages(): Promise<void> {
  for (const id of mortals.splice(0)) process.kill(id, 'SIGKILL');
}

/** A case on a system. */
interface Run {
  readonly system: System;
  readonly it: Case;
}

/** Arranges runs one after the other, and then has them happen all at the same time. */
async function playAll(runs: readonly Run[]): Promise<void> {
  const launch = async () => {
    const launched = await launchMortalBrowser(inject('browser'));
    cleanUps.push(() => launched.browser.close());
    const context = await newContext(launched.browser);
    return { ...launched, anchor: await newPage(context) };
  };
  // Whoever crashes takes the other pages along.
  const [shared, mortal, pages] = await Promise.all([launch(), launch(), startPageServer()]);
  cleanUps.push(() => pages.close());
  const scenes: { run: Run; scene: Scene }[] = [];
  const arrange = async (system: System) => {
    const shop = () => setUpPlace(system, shared.anchor, pages);
    let common: Place | undefined;
    // Not all at once: thirty tabs that load at the same moment take Firefox more than its time.
    for (const run of runs.filter((it) => it.system === system)) {
      const { it } = run;
      const place = (it.stopsServer ? undefined : common) ?? (await shop());
      if (!it.stopsServer) common = place;
      const players = it.name === 'its process crashes' ? mortal : shared;
      scenes.push({ run, scene: await setUp(it, place, players.anchor, pages) });
    }
  };
  await Promise.all(SYSTEMS.map(arrange));
  mortals.push(...(await mortal.pageProcesses()));
  expect(mortals).not.toEqual([]);
  // Only now, so that a page that is being loaded does not keep another one from being quick.
  for (const { run, scene } of scenes) outcomes.set(key(run), play(run.it, scene));
  // Each test waits for its own, and fails with it.
  for (const outcome of outcomes.values()) outcome.catch(() => {});
}

beforeAll(() => playAll(SYSTEMS.flatMap((system) => CASES.map((it) => ({ system, it })))));

const played = new Set<string>();

/** A test that is tried again sees its case once more, alone: many at once may be too many for the machine. */
async function playAgain(run: Run): Promise<void> {
  if (played.has(key(run))) return;
  played.add(key(run));
  await Promise.allSettled(outcomes.values());
  await playAll([run]);
}

afterAll(async () => {
  const settled = await Promise.all(
    [...outcomes].map(async ([name, outcome]) => [name, await outcome.catch(String)] as const),
  );
  console.log(settled.map(([name, outcome]) => `${name}: ${describeOutcome(outcome)}`).join('\n'));
  await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
});

function key({ system, it }: Run): string {
  return `${it.name}, on ${system.name}`;
}

/** @param anchor a page of the browser that it shall be in. */
async function openPage(anchor: Page, pages: PageServer): Promise<Page> {
  const page = await openTab(anchor.context(), pages, await newPageBeside(anchor));
  await addSnippet(page);
  return page;
}

async function addSnippet(page: Page): Promise<void> {
  await page.addScriptTag({ content: snippet('docs/deploy.md', 'stayConnected') });
}

async function setUpPlace(system: System, friends: Page, pages: PageServer): Promise<Place> {
  let server: Server | undefined = await system.start();
  const proxies: TcpProxy[] = [];
  cleanUps.push(async () => {
    await Promise.all(proxies.map((it) => it.close()));
    await server?.stop();
  });
  const openProxy = async () => {
    const proxy = await TcpProxy.start(server?.port ?? expect.fail());
    proxies.push(proxy);
    return proxy;
  };
  const { port } = await openProxy();
  const friend = await openPage(friends, pages);
  await friend.evaluate(openFriend, { port, path: system.path });
  return {
    system,
    friend,
    openProxy,
    async stopServer() {
      for (const it of proxies) it.upstream = undefined;
      await server?.stop();
      server = undefined;
    },
    async startServer() {
      server = await system.start();
      for (const it of proxies) it.upstream = server.port;
    },
  };
}

async function setUp(it: Case, place: Place, players: Page, pages: PageServer): Promise<Scene> {
  const id = `player-${CASES.indexOf(it)}`;
  const proxy = await place.openProxy();
  const player = await openPage(players, pages);
  const { port } = proxy;
  const { staysConnected } = it;
  const join = () =>
    player.evaluate(openPlayer, { port, path: place.system.path, id, staysConnected });
  await join();
  await connectToFriend(player, place.friend, id);
  return { place, id, player, proxy, join };
}

/** Connects two pages. A busy machine may not manage it at once, which is not the subject here: they try again. */
async function connectToFriend(player: Page, friend: Page, id: string): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    await player.evaluate(callFriend);
    try {
      await friend.waitForFunction((from) => (window.friend.links[from]?.messages ?? 0) > 3, id, {
        ...SELDOM,
        timeout: 30_000,
      });
      return;
    } catch (error) {
      if (attempts === 3) throw error;
      console.warn(`${id} calls again: ${error}`);
    }
  }
}

/** In the friend's page: a peer that writes down what becomes of the connections that it gets. */
function openFriend({ port, path }: { port: number; path: string }): Promise<void> {
  const config = { iceServers: [] };
  const peer = new window.Peer('friend', { host: '127.0.0.1', port, path, config });
  const links: Friend['links'] = {};
  window.friend = { peer, links };
  peer.on('connection', (connection) => {
    const link: Link = { connection, closedAt: undefined, messages: 0, samples: [] };
    links[connection.peer] = link;
    connection.on('data', () => {
      link.messages += 1;
    });
    connection.on('close', () => {
      link.closedAt ??= Date.now();
    });
  });
  window.stayConnected(peer);
  return new Promise((resolve, reject) => {
    peer.on('open', () => resolve());
    peer.on('error', reject);
  });
}

interface Player {
  readonly port: number;
  readonly path: string;
  readonly id: string;
  readonly staysConnected: boolean;
}

/** In the player's page. */
function openPlayer({ port, path, id, staysConnected }: Player): Promise<void> {
  const config = { iceServers: [] };
  window.player = new window.Peer(id, { host: '127.0.0.1', port, path, config });
  if (staysConnected) window.stayConnected(window.player);
  return new Promise((resolve, reject) => {
    window.player.on('open', () => resolve());
    window.player.on('error', reject);
  });
}

/** In the player's page: connects, and says something twice a second for as long as it can. */
function callFriend(): void {
  const connections = window.player.connections as Record<string, DataConnection[]>;
  for (const before of Object.values(connections).flat()) before.close();
  const connection = window.player.connect('friend');
  setInterval(() => {
    if (connection.open) void connection.send('tick');
  }, 500);
}

/** Lets the case happen, and watches the friend's connection each second until it is over. */
async function play({ end, watch }: Case, scene: Scene): Promise<Outcome> {
  const { player, proxy, id } = scene;
  const { friend } = scene.place;
  const link = await friend.evaluateHandle((from) => {
    const found = window.friend.links[from];
    if (found === undefined) throw new Error(`The friend has no connection to ${from}.`);
    const { samples } = found;
    setInterval(() => {
      const { connection, messages } = found;
      samples.push({ at: Date.now(), open: connection.open, messages });
    }, 1000);
    return found;
  }, id);
  const began = Date.now();
  await Promise.all([
    end(scene),
    friend.waitForFunction(
      ([it, until]) => it.closedAt !== undefined || Date.now() >= until,
      [link, began + watch * 1000] as const,
      { polling: 500, timeout: watch * 1000 + PATIENCE_MS },
    ),
  ]);
  const { closedAt, samples } = await link.evaluate((it) => ({
    closedAt: it.closedAt,
    samples: it.samples,
  }));
  const isOpen = await Promise.all([
    // Firefox does not tell the driver that a page has crashed, so the driver waits for its answer.
    Promise.race([
      player.evaluate(() => window.player.open).catch(() => false),
      sleep(15_000, false, { ref: false }),
    ]),
    friend.evaluate(() => window.friend.peer.open),
  ]);
  // The friend may learn of it before the server does: pages of Firefox end their connections.
  await vi
    .waitUntil(() => closedAt === undefined || proxy.closeCode !== undefined, {
      timeout: 15_000,
    })
    .catch(() => {});
  return {
    closeCode: proxy.closeCode,
    closedAfter: closedAt === undefined ? undefined : (closedAt - began) / 1000,
    longestSilence: longestSilence(samples),
    samples,
    isOpen,
  };
}

function longestSilence(samples: Link['samples']): number {
  let longest = 0;
  let [heard] = samples;
  for (const sample of samples) {
    if (heard === undefined || sample.messages > heard.messages) heard = sample;
    else if (sample.open) longest = Math.max(longest, sample.at - heard.at);
  }
  return longest / 1000;
}

function describeOutcome(outcome: Outcome | string): string {
  if (typeof outcome === 'string') return outcome;
  const { closeCode, closedAfter, longestSilence, samples, isOpen } = outcome;
  const open = samples.filter((sample) => sample.open).length;
  return (
    `close frame ${closeCode ?? 'none'}; ` +
    `${closedAfter === undefined ? 'never closed' : `closed after ${closedAfter.toFixed(2)} s`}; ` +
    `open in ${open} of ${samples.length} samples; silent for ${longestSilence.toFixed(1)} s at most; ` +
    `with the server at the end: player ${isOpen[0]}, friend ${isOpen[1]}`
  );
}

const documented = table('docs/protocol.md', 'what happens to the player');

it('has a case here for each row of the document', () => {
  const rows = new Set(CASES.map(({ name, row = name }) => row));
  expect(documented.map(([row]) => row?.replaceAll('`', ''))).toEqual([...rows]);
});

describe.each(SYSTEMS)('on $name', (system) => {
  const isOurs = system.name === 'this server';

  let isTriedAgain = false;
  beforeEach(({ task }) => {
    isTriedAgain = (task.result?.retryCount ?? 0) > 0;
  });

  async function outcomeOf(name: string): Promise<Outcome> {
    const run = { system, it: CASES.find((it) => it.name === name) ?? expect.fail() };
    if (isTriedAgain) await playAgain(run);
    return (await outcomes.get(key(run))) ?? expect.fail();
  }

  /** Open in every sample, and carrying messages all the time. */
  function expectUnharmed(
    { closedAfter, samples, longestSilence }: Outcome,
    seconds: number,
  ): void {
    expect(closedAfter).toBeUndefined();
    // One a second, of which a busy page may leave some out.
    expect(samples.length).toBeGreaterThan(seconds / 2);
    expect(samples.every(({ open }) => open)).toBe(true);
    expect(longestSilence).toBeLessThan(SILENCE);
  }

  it.each(CASES)('$name: as the document has it', async (it) => {
    const { closeCode, closedAfter } = await outcomeOf(it.name);
    expect(closeCode).toBe(isOurs || !it.stopsServer ? it.closeCode : undefined);
    const { row = it.name } = it;
    const [, ours = '', theirs = ''] =
      documented.find(([name]) => name?.replaceAll('`', '') === row) ?? expect.fail();
    const [anywhere = '', inFirefox = anywhere] = (isOurs ? ours : theirs).split('; in Firefox ');
    const becomes = inject('browser') === 'firefox' ? inFirefox : anywhere;
    expect(closedAfter !== undefined).toBe(/^closed|then closed/.test(becomes));
  });

  it('destroy(): the connection is closed at once', async () => {
    expect((await outcomeOf('destroy()')).closedAfter).toBeLessThan(AT_ONCE);
  });

  it('the page is reloaded: the friend learns it at once, and it has its id again', async () => {
    const { closedAfter, isOpen } = await outcomeOf('the page is reloaded');
    expect(closedAfter).toBeLessThan(AT_ONCE);
    expect(isOpen).toEqual([true, true]);
  });

  // The official server tells nobody, and of the browsers only Firefox does.
  if (isOurs || inject('browser') === 'firefox') {
    it.each(['the tab is closed', 'its process crashes'])(
      '%s: the friend learns it at once',
      async (name) => {
        expect((await outcomeOf(name)).closedAfter).toBeLessThan(AT_ONCE);
      },
    );
  }

  it('disconnect(): the connection stays', async () => {
    expectUnharmed(await outcomeOf('disconnect()'), 40);
  });

  it('a proxy resets the socket, and nothing reconnects: the connection stays for the grace', async () => {
    const outcome = await outcomeOf('a proxy resets the socket, and nothing reconnects');
    if (!isOurs) {
      expectUnharmed(outcome, 45);
      return;
    }
    expect(outcome.closedAfter).toBeGreaterThan(GRACE_SECONDS - 1);
    expect(outcome.longestSilence).toBeLessThan(SILENCE);
  });

  it.each([
    ['a proxy resets the socket, and lets nobody through for 10 s', 45],
    ['the server is restarted', 40],
    ['10 s without the server', 45],
    ['40 s without the server', 45],
  ])('%s: the connection stays, and both come back', async (name, seconds) => {
    const outcome = await outcomeOf(name);
    expectUnharmed(outcome, seconds);
    expect(outcome.isOpen).toEqual([true, true]);
  });
});
