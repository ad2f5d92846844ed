import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { PageServer } from '../../tests/support/browser/pageServer.ts';
import type { System } from '../systems/System.ts';
import { wakesSoFar } from './figures.ts';
import {
  DEFAULT_RATE_LIMIT,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const IDS = ['north', 'east', 'south', 'west'];
/** How long the LEAVE of a closed tab may take before the run fails. */
const PATIENCE_MS = 60_000;

/**
 * Four stock PeerJS clients in Chromium, on a server with the default settings: they join, connect to
 * each other, stay connected without a word and leave. What they send is counted where they send it.
 */
export const clients: Scenario = {
  name: 'clients',
  cases: [
    {
      label: 'four of PeerJS in Chromium',
      rounds: 1,
      systems: ['server'],
      settings: DEFAULT_RATE_LIMIT,
      prepare: unprepared(run),
    },
  ],
};

/** Only where it is used: no other scenario needs a browser. */
const browserTools = async () => ({
  ...(await import('../../tests/support/browser/browser.ts')),
  ...(await import('../../tests/support/browser/pageServer.ts')),
  ...(await import('../../tests/support/browser/peerPage.ts')),
});

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const { launchBrowser, startPageServer, connect, call, destroy } = await browserTools();
  const [browser, pages] = await Promise.all([launchBrowser(), startPageServer()]);
  const lab = { browser, pages, system };
  try {
    progress('joining');
    const unnamed = await openTab(lab, '/room/unnamed');
    await unnamed.close();
    const tabs = await openRoom(lab, '/room/data', isQuick);
    const [destroyed, closed, stayer] = tabs;
    if (!destroyed || !closed || !stayer) throw new Error('too few tabs');
    const joined = [
      { measure: 'join: WebSockets', unit: '', value: destroyed.sockets() },
      { measure: 'join: other requests, id chosen', unit: '', value: destroyed.requests() },
      { measure: 'join: other requests, id given', unit: '', value: unnamed.requests() },
      { measure: 'join: frames before OPEN', unit: '', value: destroyed.framesBeforeOpen },
    ];

    progress('a mesh of data connections');
    const data = await mesh('data', tabs, isQuick, (from, to) => connect(from.page, to.id));
    progress('a mesh of calls');
    const callers = await openRoom(lab, '/room/calls', isQuick);
    const calls = await mesh('calls', callers, isQuick, (from, to) => call(from.page, to.id));
    await Promise.all(callers.map((caller) => caller.close()));

    progress('silence');
    // By now the room of the calls has reported that all have left.
    const wakesBefore = await wakesSoFar(system);
    const [sentBefore, receivedBefore] = [framesOf(tabs, 'sent'), framesOf(tabs, 'received')];
    const minutes = isQuick ? 0 : 1;
    await sleep(minutes * 60_000);
    const heartbeats = framesOf(tabs, 'sent') - sentBefore;
    const answers = framesOf(tabs, 'received') - receivedBefore;

    progress('leaving');
    const sentBeforeEnd = destroyed.sent.length;
    await destroy(destroyed.page);
    const closedAt = performance.now();
    await closed.close();
    while (!stayer.received.some((frame) => frame.type === 'LEAVE' && frame.src === closed.id)) {
      if (performance.now() - closedAt > PATIENCE_MS) throw new Error('no LEAVE has come');
      await sleep(10);
    }
    const secondsToLeave = (performance.now() - closedAt) / 1000;
    // The first to leave wakes the room, which then reports that, with any wake before it.
    const wakes = (await wakesSoFar(system)) - wakesBefore - 1;
    return [
      ...joined,
      ...data,
      ...calls,
      { measure: 'heartbeats of a peer', unit: '/min', value: heartbeats / tabs.length / minutes },
      { measure: 'heartbeats not answered', unit: '', value: heartbeats - answers },
      { measure: 'wakes by heartbeats', unit: '', value: isQuick ? Number.NaN : wakes },
      { measure: 'leave: frames', unit: '', value: destroyed.sent.length - sentBeforeEnd },
      { measure: 'closed tab until LEAVE', unit: 's', value: secondsToLeave },
    ];
  } finally {
    await Promise.all([browser.close(), pages.close()]);
  }
}

interface Lab {
  readonly browser: Browser;
  readonly pages: PageServer;
  readonly system: System;
}

interface Frame {
  readonly type: string;
  readonly src?: string;
}

interface Tab {
  readonly page: Page;
  readonly id: string;
  readonly sent: readonly Frame[];
  readonly received: readonly Frame[];
  readonly framesBeforeOpen: number;
  sockets(): number;
  /** Requests to the server that are no WebSocket. */
  requests(): number;
  close(): Promise<void>;
}

/** Opens a tab with one peer, and counts what goes over the wire from the first byte on. */
async function openTab({ browser, pages, system }: Lab, path: string, id?: string): Promise<Tab> {
  const tools = await browserTools();
  const context = await browser.newContext();
  const page = await tools.openTab(context, pages);
  const sent: Frame[] = [];
  const received: Frame[] = [];
  let sockets = 0;
  let requests = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).port === String(system.port)) requests += 1;
  });
  page.on('websocket', (socket) => {
    sockets += 1;
    socket.on('framesent', ({ payload }) => sent.push(JSON.parse(String(payload))));
    socket.on('framereceived', ({ payload }) => received.push(JSON.parse(String(payload))));
  });
  const options = { host: system.host, port: system.port, path };
  const openId = await tools.openPeer(page, id === undefined ? { options } : { id, options });
  return {
    page,
    id: openId,
    sent,
    received,
    framesBeforeOpen: sent.filter(isMessage).length,
    sockets: () => sockets,
    requests: () => requests,
    close: () => context.close(),
  };
}

async function openRoom(lab: Lab, path: string, isQuick: boolean): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (const id of isQuick ? IDS.slice(0, 3) : IDS) tabs.push(await openTab(lab, path, id));
  return tabs;
}

/** All pairs connect at once. Counts the messages until no more of them come. */
async function mesh(
  title: string,
  tabs: readonly Tab[],
  isQuick: boolean,
  makeConnection: (from: Tab, to: Tab) => Promise<unknown>,
): Promise<Figure[]> {
  const pairs = tabs.flatMap((from, index) => tabs.slice(index + 1).map((to) => ({ from, to })));
  await Promise.all(pairs.map(({ from, to }) => makeConnection(from, to)));
  const messages = () => tabs.flatMap(({ sent }) => sent.filter(isMessage));
  for (let before = -1; before !== messages().length; await sleep(isQuick ? 300 : 3000)) {
    before = messages().length;
  }
  const count = (type: string) => messages().filter((frame) => frame.type === type).length;
  return [
    { measure: `${title}: connections`, unit: '', value: pairs.length },
    { measure: `${title}: offers`, unit: '', value: count('OFFER') },
    { measure: `${title}: answers`, unit: '', value: count('ANSWER') },
    { measure: `${title}: candidates`, unit: '', value: count('CANDIDATE') },
  ];
}

const isMessage = ({ type }: Frame): boolean => type !== 'HEARTBEAT';

function framesOf(tabs: readonly Tab[], direction: 'sent' | 'received'): number {
  return tabs.reduce((count, tab) => count + tab[direction].length, 0);
}
