import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { BenchPeer, openMany } from '../../bench/generator/BenchPeer.ts';
import { messageTemplate, textFrame } from '../../bench/generator/frames.ts';
import { liveHeapBytes } from '../../bench/inspector.ts';
import { cpuSeconds, residentBytes } from '../../bench/processUsage.ts';
import type { SystemName } from '../../bench/systems/System.ts';
import { startSystem } from '../../bench/systems/startSystem.ts';
import { bundleWorker } from '../../selfhost/bundleWorker.ts';
import { startServer } from '../../selfhost/startServer.ts';
import { Collection } from '../../src/metrics/Collection.ts';
import { noCounters } from '../../src/metrics/Counters.ts';
import { HEARTBEAT } from '../../src/protocol/messages.ts';
import { launchBrowser } from '../../tests/e2e/browser.ts';
import { type PageServer, startPageServer } from '../../tests/e2e/pageServer.ts';
import { call, connect, destroy, openPeer, openTab } from '../../tests/e2e/peerPage.ts';
import { TestPeer } from '../../tests/support/testPeer.ts';
import type { Counters } from './counters.ts';
import { measurePolledRoom } from './polledRoom.ts';

const HOST = '127.0.0.1';
const IDLE_SECONDS = 60;
const MANY_PEERS = 4000;
const MANY_MESSAGES = 20_000;
const MANY_ROOMS = 20_000;
/** With no new message for so long, a handshake is over. */
const QUIET_MS = 3000;
/** Coordinators report what they counted 2 s after a join or leave. */
const REPORT_MS = 4000;

/**
 * Measures every counter of counters.json: what stock PeerJS clients in a real Chromium send to the
 * real server on plain workerd, counted at the client, and what the server needs for it. Takes about
 * five minutes; needs Linux for the processor time and the memory.
 */
export async function measure(progress: (text: string) => void): Promise<Counters> {
  await bundleWorker();
  const clients = await measureClients(progress);
  progress('processor time');
  const times = await measureProcessorTime();
  progress('a room that is polled');
  const polledRoom = await measurePolledRoom();
  progress('memory of a realm');
  const realm = await measureRealm();
  progress('memory of the official server');
  const officialServer = {
    residentBytesPerPeer: await residentBytesPerPeer('official'),
    cpuMicrosecondsPerHeartbeat: round(await officialHeartbeat(), 1),
  };
  progress('memory of the collector');
  const collector = { heapBytesPerRoom: heapBytesPerRoom() };
  return {
    measured: {
      date: new Date().toISOString().slice(0, 10),
      cpu: `${cpus()[0]?.model ?? 'unknown processor'} (${cpus().length} cores)`,
      workerd: versionOf('workerd'),
      peerjs: versionOf('peerjs'),
    },
    ...clients,
    join: { ...clients.join, cpuMs: round(times.joinMs, 3) },
    idle: { ...clients.idle, cpuMicrosecondsPerHeartbeat: round(times.heartbeatMicroseconds, 1) },
    message: { cpuMicroseconds: round(times.messageMicroseconds, 1) },
    polledRoom,
    realm: { ...realm, residentBytesPerPeer: await residentBytesPerPeer('server') },
    officialServer,
    collector,
  };
}

/** What stock clients send, and when the server has done what follows from it. */
async function measureClients(progress: (text: string) => void) {
  const [browser, pages, server] = await Promise.all([
    launchBrowser(),
    startPageServer(),
    startServer({ host: HOST, port: 0, environment: {}, output: 'ignore' }),
  ]);
  const origin = `http://${HOST}:${server.port}`;
  try {
    const lab = { browser, pages, port: server.port };
    progress('joining');
    const own = await open(lab, '/room/own', 'alice');
    const given = await open(lab, '/room/given');
    const secondsToReport = await timeToReport(origin);

    progress('a call to nobody');
    const secondsToExpire = await timeToExpire(origin);

    progress('a mesh of data connections');
    const tabs = await openFour(lab, '/room/mesh');
    const mesh = await handshakes(tabs, (from, to) => connect(from.page, to.id));
    progress('a mesh of calls');
    const callers = await openFour(lab, '/room/calls');
    const callMesh = await handshakes(callers, (from, to) => call(from.page, to.id));
    await Promise.all(callers.map(({ context }) => context.close()));
    // Until the room of the calls has reported.
    await sleep(REPORT_MS);

    progress(`${IDLE_SECONDS} s of silence`);
    const wakesBefore = (await metricsOf(origin)).counters.wakes;
    const [sentBefore, receivedBefore] = [countOf(tabs, 'sent'), countOf(tabs, 'received')];
    await sleep(IDLE_SECONDS * 1000);
    const heartbeats = countOf(tabs, 'sent') - sentBefore;
    const answers = countOf(tabs, 'received') - receivedBefore;

    progress('leaving');
    const [destroyed, leaver, stayer] = tabs;
    if (destroyed === undefined || leaver === undefined || stayer === undefined) {
      throw new Error('unreachable');
    }
    const framesBefore = destroyed.sent.length;
    await destroy(destroyed.page);
    const leftAt = performance.now();
    await leaver.page.close();
    await until(() => stayer.received.some(isLeaveOf(leaver.id)));
    const secondsToLeaveFrame = round((performance.now() - leftAt) / 1000, 2);
    // The first to leave wakes the room, which reports that. If heartbeats woke it, they would keep it
    // awake, as one comes every few seconds.
    await sleep(REPORT_MS);
    const wakes = (await metricsOf(origin)).counters.wakes - wakesBefore;
    if (wakes < 1) throw new Error('the room was not asleep');
    const peers = tabs.length;
    const idle = { peers, seconds: IDLE_SECONDS, heartbeats, answers, wakes: wakes - 1 };
    return {
      join: {
        sockets: own.sockets(),
        requestsWithOwnId: own.requests(),
        requestsWithoutId: given.requests(),
        frames: own.framesBeforeOpen + given.framesBeforeOpen,
        secondsToReport,
      },
      mesh,
      callMesh: {
        connections: callMesh.connections,
        offers: callMesh.offers,
        answers: callMesh.answers,
        candidates: callMesh.candidates,
      },
      idle,
      leave: { frames: destroyed.sent.length - framesBefore, secondsToLeaveFrame },
      wait: { secondsToExpire },
    };
  } finally {
    await browser.close();
    await Promise.all([pages.close(), server.stop()]);
  }
}

interface Lab {
  readonly browser: Browser;
  readonly pages: PageServer;
  readonly port: number;
}

interface SeenFrame {
  readonly text: string;
  readonly at: number;
}

interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly id: string;
  readonly sent: SeenFrame[];
  readonly received: SeenFrame[];
  readonly framesBeforeOpen: number;
  sockets(): number;
  /** Requests to the server that are no WebSocket. */
  requests(): number;
}

/** Opens a tab with a stock peer, and counts what goes over the wire from its first byte on. */
async function open({ browser, pages, port }: Lab, path: string, id?: string): Promise<Tab> {
  const context = await browser.newContext();
  const page = await openTab(context, pages);
  const sent: SeenFrame[] = [];
  const received: SeenFrame[] = [];
  let sockets = 0;
  let requests = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).port === String(port)) requests += 1;
  });
  page.on('websocket', (socket) => {
    sockets += 1;
    const seen = (payload: string | Buffer) => ({ text: String(payload), at: performance.now() });
    socket.on('framesent', ({ payload }) => sent.push(seen(payload)));
    socket.on('framereceived', ({ payload }) => received.push(seen(payload)));
  });
  const options = { host: HOST, port, path };
  const openId = await openPeer(page, id === undefined ? { options } : { id, options });
  return {
    context,
    page,
    id: openId,
    sent,
    received,
    framesBeforeOpen: sent.filter((frame) => !is('HEARTBEAT')(frame)).length,
    sockets: () => sockets,
    requests: () => requests,
  };
}

async function openFour(lab: Lab, path: string): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (const id of ['north', 'east', 'south', 'west']) tabs.push(await open(lab, path, id));
  return tabs;
}

/** All pairs connect at once. Counts the messages until no more of them come. */
async function handshakes(
  tabs: readonly Tab[],
  makeConnection: (from: Tab, to: Tab) => Promise<unknown>,
): Promise<Counters['mesh']> {
  const pairs = tabs.flatMap((from, index) => tabs.slice(index + 1).map((to) => ({ from, to })));
  await Promise.all(pairs.map(({ from, to }) => makeConnection(from, to)));
  const all = () => tabs.flatMap(({ sent }) => sent.filter((frame) => !is('HEARTBEAT')(frame)));
  for (let count = -1; count !== all().length; await sleep(QUIET_MS)) count = all().length;
  return {
    connections: pairs.length,
    offers: all().filter(is('OFFER')).length,
    answers: all().filter(is('ANSWER')).length,
    candidates: all().filter(is('CANDIDATE')).length,
    busiestSecond: Math.max(
      ...tabs.map(({ sent }) =>
        Math.max(
          ...sent.map(({ at }) => sent.filter((it) => it.at >= at && it.at < at + 1000).length),
        ),
      ),
    ),
  };
}

const is =
  (type: string) =>
  ({ text }: SeenFrame): boolean =>
    JSON.parse(text).type === type;

const isLeaveOf =
  (id: string) =>
  ({ text }: SeenFrame): boolean => {
    const { type, src } = JSON.parse(text) as { type: string; src?: string };
    return type === 'LEAVE' && src === id;
  };

function countOf(tabs: readonly Tab[], direction: 'sent' | 'received'): number {
  return sum(tabs.map((tab) => tab[direction].length));
}

/** From a join that nothing came before, until the metrics know of it. */
async function timeToReport(origin: string): Promise<number> {
  // Until every join before has been reported.
  await sleep(4000);
  const before = (await metricsOf(origin)).counters.connections;
  const startedAt = performance.now();
  const peer = await TestPeer.open(origin, { path: '/room/report' });
  while ((await metricsOf(origin)).counters.connections <= before) await sleep(50);
  const seconds = (performance.now() - startedAt) / 1000;
  await peer.close();
  return round(seconds, 1);
}

/** From a call to somebody who is not there until the caller is told. */
async function timeToExpire(origin: string): Promise<number> {
  const peer = await TestPeer.open(origin, { path: '/room/nobody' });
  const startedAt = performance.now();
  peer.send({ type: 'OFFER', dst: 'nobody', payload: {} });
  const { type } = await peer.next();
  const seconds = (performance.now() - startedAt) / 1000;
  if (type !== 'EXPIRE') throw new Error(`expected EXPIRE, got ${type}`);
  await peer.close();
  return round(seconds, 1);
}

interface Metrics {
  readonly counters: { readonly connections: number; readonly wakes: number };
}

async function metricsOf(origin: string): Promise<Metrics> {
  const response = await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } });
  return (await response.json()) as Metrics;
}

/** Processor time of the whole server, the platform's share included. */
async function measureProcessorTime() {
  const system = await startSystem('server', {});
  try {
    const cpu = () => cpuSeconds(system.pid);
    const wanted = Array.from({ length: MANY_PEERS }, (_, index) => ({
      path: `/room/r${index >> 2}`,
      id: `p${index}`,
    }));
    let from = cpu();
    const { peers } = await openMany(system, wanted, 8);
    const joinMs = ((cpu() - from) / peers.length) * 1000;
    await sleep(3000);

    let answers = 0;
    for (const peer of peers) peer.onText = () => (answers += 1);
    from = cpu();
    await sendHeartbeats(peers);
    await until(() => answers === MANY_MESSAGES);
    const heartbeatMicroseconds = ((cpu() - from) / MANY_MESSAGES) * 1e6;

    // Mostly candidates, as in a handshake, at a pace that keeps below the limit of each peer.
    answers = 0;
    from = cpu();
    for (let count = 0; count < MANY_MESSAGES; count += 1) {
      const sender = count % peers.length;
      const receiver = (sender & ~3) | ((sender + 1) & 3);
      const type = count % 11 === 0 ? 'OFFER' : 'CANDIDATE';
      const size = type === 'OFFER' ? 2500 : 100;
      peers[sender]?.send(messageTemplate(type, `p${sender}`, `p${receiver}`, size).frame);
      if (count % 200 === 0) await sleep(5);
    }
    await until(() => answers === MANY_MESSAGES);
    const messageMicroseconds = ((cpu() - from) / MANY_MESSAGES) * 1e6;
    return { joinMs, heartbeatMicroseconds, messageMicroseconds };
  } finally {
    await system.stop();
  }
}

async function sendHeartbeats(peers: readonly BenchPeer[]): Promise<void> {
  const heartbeat = textFrame(HEARTBEAT);
  for (let beat = 0; beat < MANY_MESSAGES; beat += 1) {
    peers[beat % peers.length]?.send(heartbeat);
    if (beat % 200 === 0) await sleep(5);
  }
}

/** The official server takes heartbeats without an answer, so a message behind them says when. */
async function officialHeartbeat(): Promise<number> {
  const system = await startSystem('official', {});
  try {
    const { peers } = await openMany(system, realmPeers(), 8);
    const [first, second] = peers;
    if (first === undefined || second === undefined) throw new Error('unreachable');
    let isDone = false;
    second.onText = () => (isDone = true);
    const from = cpuSeconds(system.pid);
    await sendHeartbeats(peers);
    first.send(messageTemplate('CANDIDATE', first.id, second.id, 100).frame);
    await until(() => isDone);
    // Other sockets may be read later than that one.
    await sleep(500);
    return ((cpuSeconds(system.pid) - from) / MANY_MESSAGES) * 1e6;
  } finally {
    await system.stop();
  }
}

function realmPeers() {
  return Array.from({ length: MANY_PEERS }, (_, index) => ({
    path: '/realm',
    id: `peer-${index}`,
  }));
}

/** JavaScript heap of the isolate with one realm in it: what the platform's 128 MB are for. */
async function measureRealm() {
  const system = await startSystem('server', { inspect: true });
  try {
    const { host, inspectorPort } = system;
    if (inspectorPort === undefined) throw new Error('the inspector is off');
    await BenchPeer.open(system, '/realm', 'first');
    const empty = await liveHeapBytes(host, inspectorPort);
    await openMany(system, realmPeers(), 8);
    const full = await liveHeapBytes(host, inspectorPort);
    return { peers: MANY_PEERS, heapBytesPerPeer: Math.round((full - empty) / MANY_PEERS) };
  } finally {
    await system.stop();
  }
}

async function residentBytesPerPeer(name: SystemName): Promise<number> {
  const system = await startSystem(name, {});
  try {
    const { peers } = await openMany(system, realmPeers().slice(0, 100), 8);
    const before = residentBytes(system.pid);
    const { length } = peers;
    await openMany(system, realmPeers().slice(length), 8);
    return Math.round((residentBytes(system.pid) - before) / (MANY_PEERS - length));
  } finally {
    await system.stop();
  }
}

/** Rooms of four as the collector keeps them, on the same engine. */
function heapBytesPerRoom(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const collection = new Collection({ put() {}, delete() {} }, new Map(), 0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let room = 0; room < MANY_ROOMS; room += 1) {
    const name = `/room/game-${room}`;
    const peers = Array.from({ length: 4 }, () => crypto.randomUUID());
    // A report arrives as a copy, of which nothing is shared.
    collection.report(
      structuredClone({
        name,
        kind: 'room',
        peerCount: peers.length,
        peers,
        counters: noCounters(),
      }),
      0,
    );
  }
  collectGarbage();
  const after = process.memoryUsage().heapUsed;
  if (collection.snapshot(0).rooms !== MANY_ROOMS) throw new Error('the collector lost rooms');
  return Math.round((after - before) / MANY_ROOMS);
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('what was measured did not come to its end');
    await sleep(10);
  }
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const round = (value: number, digits: number) => Number(value.toFixed(digits));
