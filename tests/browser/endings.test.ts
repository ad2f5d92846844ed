import { setTimeout as sleep } from 'node:timers/promises';
import type { DataConnection, Peer } from 'peerjs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startServer } from '../../selfhost/workerd/startServer.ts';
import { snippet } from '../support/browser/gamePage.ts';
import { launchMortalBrowser, type MortalBrowser } from '../support/browser/mortalBrowser.ts';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { openTab } from '../support/browser/peerPage.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { table } from '../support/documents.ts';
import { startOfficialServers } from '../support/officialServer.ts';

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

/** What the friend's page writes down about its connection to the player. */
interface Friend {
  readonly peer: Peer;
  connection: DataConnection | undefined;
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
  /** The official server has one path. */
  path(room: string): string;
  start(): Promise<Server>;
}

const SYSTEMS: readonly System[] = [
  {
    name: 'this server',
    path: (room) => `/room/${room}`,
    start: () => startServer({ host: '127.0.0.1', port: 0, environment: {}, output: 'ignore' }),
  },
  {
    name: 'the official one',
    path: () => '/',
    async start() {
      const { origins, stop } = await startOfficialServers([{}]);
      return { port: Number(new URL(origins[0] ?? '').port), stop };
    },
  },
];

/** A player and a friend who are connected, each in a tab of a browser window of its own. */
interface Scene {
  readonly player: Page;
  readonly friend: Page;
  /** What stands between the player's browser and the server. The friend has one too. */
  readonly proxy: TcpProxy;
  /** The ids of the processes of the player's pages. None where the friend's pages live there too. */
  readonly processes: readonly number[];
  /** Takes the server away from both, and ends it. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Opens the player's peer in its page, and resolves when it is open. */
  join(): Promise<void>;
}

interface Case {
  readonly name: string;
  /** Whether both pages have the lines of docs/deploy.md. */
  readonly staysConnected: boolean;
  /** Seconds from the end until nobody looks any more. */
  readonly watch: number;
  /** Makes it happen. */
  end(scene: Scene): Promise<void>;
}

interface Outcome {
  /** The code with which the browser closed the socket. Undefined: it sent no close frame. */
  readonly closeCode: number | undefined;
  /** Seconds after which the friend's connection was closed. Undefined: it never was. */
  readonly closedAfter: number | undefined;
  /** The longest time in seconds for which no message came over the connection while it was open. */
  readonly longestSilence: number;
  readonly samples: Friend['samples'];
  /** Whether the player, and the friend, were with the server at the end. */
  readonly isOpen: readonly [boolean, boolean];
}

const GRACE_SECONDS = 30;

/** Those of the table, from left to right. */
const COLUMNS = [
  'case',
  'its socket ends with',
  'this server, chromium',
  'this server, firefox',
  'the official one, chromium',
  'the official one, firefox',
];

const CASES: readonly Case[] = [
  {
    name: 'the tab is closed',
    staysConnected: false,
    watch: 50,
    end: ({ player }) => player.close(),
  },
  {
    name: 'the page is reloaded',
    staysConnected: false,
    watch: 10,
    async end({ player, join }) {
      await player.reload();
      await join();
    },
  },
  {
    name: 'its process crashes',
    staysConnected: false,
    watch: 50,
    async end({ processes }) {
      expect(processes).not.toEqual([]);
      for (const id of processes) process.kill(id, 'SIGKILL');
    },
  },
  {
    name: 'disconnect()',
    staysConnected: false,
    watch: 40,
    end: ({ player }) => player.evaluate(() => window.player.disconnect()),
  },
  {
    name: 'destroy()',
    staysConnected: false,
    watch: 10,
    end: ({ player }) => player.evaluate(() => window.player.destroy()),
  },
  {
    name: 'a proxy resets the socket, and nothing reconnects',
    staysConnected: false,
    watch: 45,
    end: async ({ proxy }) => proxy.reset(),
  },
  {
    name: 'a proxy resets the socket, and lets nobody through for 10 s',
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
    name: 'the server is restarted',
    staysConnected: true,
    watch: 40,
    async end(scene) {
      await scene.stopServer();
      await scene.startServer();
    },
  },
  {
    name: '10 s without the server',
    staysConnected: true,
    watch: 45,
    async end(scene) {
      await scene.stopServer();
      await sleep(10_000);
      await scene.startServer();
    },
  },
  {
    name: '40 s without the server',
    staysConnected: true,
    watch: 45,
    async end(scene) {
      await scene.stopServer();
      await sleep(40_000);
      await scene.startServer();
      await Promise.all([untilOpen(scene.player), untilOpen(scene.friend)]);
    },
  },
];

async function untilOpen(page: Page): Promise<void> {
  await page.waitForFunction(() => (window.player ?? window.friend.peer).open, undefined, {
    timeout: 60_000,
  });
}

const cleanUps: (() => Promise<unknown>)[] = [];
const outcomes = new Map<string, Promise<Outcome>>();

beforeAll(async () => {
  const launch = async () => {
    const launched = await launchMortalBrowser(inject('browser'));
    cleanUps.push(() => launched.browser.close());
    return launched;
  };
  const [shared, pages] = await Promise.all([launch(), startPageServer()]);
  cleanUps.push(() => pages.close());
  const scenes: { system: System; it: Case; scene: Scene }[] = [];
  // Not all at once: forty tabs that load at the same moment take Firefox more than its time.
  for (const it of CASES) {
    const added = SYSTEMS.map(async (system) => {
      // Whoever crashes takes the other pages along.
      const players = it.name === 'its process crashes' ? await launch() : shared;
      return { system, it, scene: await setUp(system, it, pages, players, shared.browser) };
    });
    scenes.push(...(await Promise.all(added)));
  }
  // Only now, so that a page that is being loaded does not keep another one from being quick.
  for (const { system, it, scene } of scenes) outcomes.set(key(system, it), play(it, scene));
  // Each test waits for its own, and fails with it.
  for (const outcome of outcomes.values()) outcome.catch(() => {});
}, 120_000);

afterAll(async () => {
  const settled = await Promise.all(
    [...outcomes].map(async ([name, outcome]) => [name, await outcome.catch(String)] as const),
  );
  console.log(settled.map(([name, outcome]) => `${name}: ${describeOutcome(outcome)}`).join('\n'));
  await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
}, 120_000);

function key(system: System, { name }: Case): string {
  return `${name}, on ${system.name}`;
}

async function setUp(
  system: System,
  { name, staysConnected }: Case,
  pages: PageServer,
  players: MortalBrowser,
  friends: Browser,
): Promise<Scene> {
  let server: Server | undefined = await system.start();
  const proxies = await Promise.all([TcpProxy.start(server.port), TcpProxy.start(server.port)]);
  const [proxy, friendsProxy] = proxies;
  cleanUps.push(async () => {
    await Promise.all(proxies.map((it) => it.close()));
    await server?.stop();
  });
  const path = system.path(`endings-${CASES.findIndex((it) => it.name === name)}`);
  const code = { content: snippet('docs/deploy.md', 'stayConnected') };
  const contexts = await Promise.all([players.browser.newContext(), friends.newContext()]);
  const [player, friend] = await Promise.all([
    openTab(contexts[0], pages),
    openTab(contexts[1], pages),
  ]);

  await friend.addScriptTag(code);
  await friend.evaluate(openFriend, { port: friendsProxy.port, path, staysConnected });
  const join = async () => {
    await player.addScriptTag(code);
    await player.evaluate(openPlayer, { port: proxy.port, path, staysConnected });
  };
  await join();
  await player.evaluate(callFriend);
  await friend.waitForFunction(() => window.friend.messages > 3);
  return {
    player,
    friend,
    proxy,
    processes: players.browser === friends ? [] : await players.pageProcesses(),
    join,
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

interface PeerPlace {
  readonly port: number;
  readonly path: string;
  readonly staysConnected: boolean;
}

/** In the friend's page: a peer that writes down what becomes of the connection that it gets. */
function openFriend({ port, path, staysConnected }: PeerPlace): Promise<void> {
  const config = { iceServers: [] };
  const peer = new window.Peer('friend', { host: '127.0.0.1', port, path, config });
  const friend: Friend = {
    peer,
    connection: undefined,
    closedAt: undefined,
    messages: 0,
    samples: [],
  };
  window.friend = friend;
  peer.on('connection', (connection) => {
    friend.connection ??= connection;
    connection.on('data', () => {
      friend.messages += 1;
    });
    connection.on('close', () => {
      friend.closedAt ??= Date.now();
    });
  });
  if (staysConnected) window.stayConnected(peer);
  return new Promise((resolve, reject) => {
    peer.on('open', () => resolve());
    peer.on('error', reject);
  });
}

/** In the player's page. */
function openPlayer({ port, path, staysConnected }: PeerPlace): Promise<void> {
  const config = { iceServers: [] };
  window.player = new window.Peer('player', { host: '127.0.0.1', port, path, config });
  if (staysConnected) window.stayConnected(window.player);
  return new Promise((resolve, reject) => {
    window.player.on('open', () => resolve());
    window.player.on('error', reject);
  });
}

/** In the player's page: connects, and says something five times a second for as long as it can. */
function callFriend(): void {
  const connection = window.player.connect('friend');
  setInterval(() => {
    if (connection.open) void connection.send('tick');
  }, 200);
}

/** Lets the case happen, and watches the friend's connection each second until it is over. */
async function play({ end, watch }: Case, scene: Scene): Promise<Outcome> {
  const { player, friend, proxy } = scene;
  await friend.evaluate(() => {
    const { samples } = window.friend;
    setInterval(() => {
      const { connection, messages } = window.friend;
      samples.push({ at: Date.now(), open: connection?.open === true, messages });
    }, 1000);
  });
  const began = Date.now();
  await Promise.all([
    end(scene),
    friend.waitForFunction(
      (until) => window.friend.closedAt !== undefined || Date.now() >= until,
      began + watch * 1000,
      { polling: 100, timeout: (watch + 60) * 1000 },
    ),
  ]);
  const { closedAt, samples } = await friend.evaluate(() => ({
    closedAt: window.friend.closedAt,
    samples: window.friend.samples,
  }));
  const isOpen = await Promise.all([
    // Of Firefox the driver does not learn that a page has crashed, and waits for its answer.
    Promise.race([
      player.evaluate(() => window.player.open).catch(() => false),
      sleep(5000, false, { ref: false }),
    ]),
    friend.evaluate(() => window.friend.peer.open),
  ]);
  // The friend may learn of it before the server does: pages of Firefox end their connections.
  await vi
    .waitUntil(() => closedAt === undefined || proxy.closeCode !== undefined, {
      timeout: 5000,
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

function longestSilence(samples: Friend['samples']): number {
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
  const shown = documented.map(([name]) => name?.replaceAll('`', ''));
  expect(shown).toEqual(CASES.map(({ name }) => name));
});

/** How the document says it. */
function describeClose(code: number | undefined): string {
  if (code === undefined) return 'no close frame';
  return code === 1005 ? 'no code' : String(code);
}

describe.each(SYSTEMS)('on $name', { timeout: 120_000 }, (system) => {
  const isOurs = system.name === 'this server';
  const column = COLUMNS.indexOf(`${system.name}, ${inject('browser')}`);

  async function outcomeOf(name: string): Promise<Outcome> {
    const found = outcomes.get(key(system, CASES.find((it) => it.name === name) ?? expect.fail()));
    return (await found) ?? expect.fail();
  }

  /** Open in every sample, and carrying messages all the time. */
  function expectUnharmed(
    { closedAfter, samples, longestSilence }: Outcome,
    seconds: number,
  ): void {
    expect(closedAfter).toBeUndefined();
    expect(samples.length).toBeGreaterThan(seconds - 5);
    expect(samples.every(({ open }) => open)).toBe(true);
    expect(longestSilence).toBeLessThan(5);
  }

  it.each(CASES)('$name: as the document has it', async (it) => {
    const { closeCode, closedAfter } = await outcomeOf(it.name);
    const row = documented[CASES.indexOf(it)] ?? expect.fail();
    const [here = '', there = here] = row[1]?.split('; ') ?? [];
    const documentedClose = isOurs ? here : there.replace(' on the official server', '');
    expect(describeClose(closeCode)).toBe(documentedClose);
    expect(closedAfter !== undefined).toBe(/^closed|then closed/.test(row[column] ?? ''));
  });

  it('destroy(): the connection is closed at once', async () => {
    expect((await outcomeOf('destroy()')).closedAfter).toBeLessThan(3);
  });

  it('the page is reloaded: the friend learns it at once, and it has its id again', async () => {
    const { closedAfter, isOpen } = await outcomeOf('the page is reloaded');
    expect(closedAfter).toBeLessThan(3);
    expect(isOpen).toEqual([true, true]);
  });

  // The official server tells nobody, and of the browsers only Firefox does.
  if (isOurs || inject('browser') === 'firefox') {
    it.each(['the tab is closed', 'its process crashes'])(
      '%s: the friend learns it at once',
      async (name) => {
        expect((await outcomeOf(name)).closedAfter).toBeLessThan(3);
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
    expect(outcome.longestSilence).toBeLessThan(5);
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
