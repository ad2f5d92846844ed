import { setTimeout as sleep } from 'node:timers/promises';
import type { Billed } from '../billed/Billed.ts';
import { BenchPeer } from '../generator/BenchPeer.ts';
import { textFrame } from '../generator/frames.ts';
import type { RunningSystem, System } from '../systems/System.ts';
import { reported, UsageMeter } from './figures.ts';
import { PEERS_PER_ROOM } from './join.ts';
import { type Figure, type RunContext, type Scenario, unprepared } from './Scenario.ts';

/** A room that was made by HTTP is deleted when nobody has been there for this long. */
const EMPTY_MS = 60_000;
/** Longer than it takes until rooms have reported what they counted. */
const REPORT_MS = 2500;

const WATCH = textFrame('{"type":"ROOM"}');
const NAME = textFrame('{"type":"ROOM","payload":{"set":{"name":"Bob"}}}');
const READY = textFrame('{"type":"ROOM","payload":{"set":{"ready":true}}}');

/**
 * What a game of four uses that does all that rooms can do, beyond one whose players only join a room
 * and leave it. Half of the games have a code, are public, and are locked by their host; half are
 * matched. All are told of the room, say that they are ready, and one player looks at the list.
 */
export const games: Scenario = {
  name: 'games',
  cases: [{ label: '', rounds: 1, systems: ['server'], start, prepare: unprepared(run) }],
};

/** Imported only here: the load generator does not need to know how a server is started. */
async function start(): Promise<RunningSystem> {
  const { startBilled } = await import('../billed/startBilled.ts');
  return startBilled();
}

interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
  readonly room: { readonly code: string };
}

/** What is used, by name. */
type Usage = Billed & { readonly cpuMs: number; readonly pendingSeconds: number };

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const count = isQuick ? 2 : 200;
  const plain = await usageOf(system, isQuick, async () => {
    for (let game = 0; game < count; game += 1) {
      progress(`plain room ${game + 1} of ${count}`);
      await playPlain(system, `/room/plain-${game}`);
    }
  });
  const full = await usageOf(system, isQuick, async () => {
    for (let game = 0; game < count; game += 1) {
      progress(`game ${game + 1} of ${count}`);
      await (game % 2 === 0 ? playWithCode(system) : playMatched(system));
    }
  });
  const figure = (measure: string, unit: string, name: keyof Usage): Figure => ({
    measure,
    unit,
    value: (full[name] - plain[name]) / count,
  });
  return [
    figure('Worker requests', '', 'workerRequests'),
    figure('object requests', '', 'objectRequests'),
    figure('calls of the directory by a room', '', 'callsBetweenObjects'),
    figure('frames', '', 'frames'),
    figure('rows written', '', 'rowsWritten'),
    figure('CPU', 'ms', 'cpuMs'),
    figure('a timer was pending', 's', 'pendingSeconds'),
  ];
}

async function usageOf(
  system: System,
  isQuick: boolean,
  play: () => Promise<void>,
): Promise<Usage> {
  const before = await billed(system);
  const { pendingSeconds } = await reported(system);
  const usage = new UsageMeter(system);
  await play();
  // Until all rooms have ended and reported.
  if (!isQuick) await sleep(EMPTY_MS + REPORT_MS);
  const cpuMs = usage.systemCpuSeconds * 1000;
  const after = await billed(system);
  return {
    workerRequests: after.workerRequests - before.workerRequests,
    objectRequests: after.objectRequests - before.objectRequests,
    callsBetweenObjects: after.callsBetweenObjects - before.callsBetweenObjects,
    frames: after.frames - before.frames,
    rowsWritten: after.rowsWritten - before.rowsWritten,
    cpuMs,
    pendingSeconds: (await reported(system)).pendingSeconds - pendingSeconds,
  };
}

async function playPlain(system: System, path: string): Promise<void> {
  const peers = [];
  for (let n = 0; n < PEERS_PER_ROOM; n += 1) {
    peers.push(await BenchPeer.open(system, path, `p${n}`));
  }
  await leave(peers);
}

async function playWithCode(system: System): Promise<void> {
  const host = await seatAt(system, 'rooms', { public: true, name: 'Ann', meta: { mode: 'duel' } });
  const peers = [await sit(system, host)];
  await ask(system, 'rooms', 'GET');
  while (peers.length < PEERS_PER_ROOM) {
    // As the kit does: the socket asks for the seat, and to be told of the room.
    const id = `kit-${peers.length}`;
    const peer = await BenchPeer.open(system, host.options.path, id, `${id}&ask=SEAT`);
    peer.send(NAME);
    peers.push(peer);
  }
  for (const peer of peers) peer.send(READY);
  const { token } = host.options;
  await ask(system, `rooms/${host.room.code}`, 'PATCH', { locked: true }, token);
  await leave(peers);
}

async function playMatched(system: System): Promise<void> {
  const peers = [];
  await ask(system, 'rooms', 'GET');
  while (peers.length < PEERS_PER_ROOM) {
    peers.push(await sit(system, await seatAt(system, 'match', { name: 'Ann', mode: 'duel' })));
  }
  for (const peer of peers) peer.send(READY);
  await leave(peers);
}

async function sit(system: System, { id, options: { path, token } }: Seat): Promise<BenchPeer> {
  const peer = await BenchPeer.open(system, path, id, token);
  peer.send(WATCH);
  return peer;
}

/** The room has had time to tell everybody of what they have said. */
async function leave(peers: readonly BenchPeer[]): Promise<void> {
  await sleep(150);
  for (const peer of peers) peer.leave();
}

function seatAt(system: System, below: string, body: object): Promise<Seat> {
  return ask(system, below, 'POST', body);
}

async function ask<T>(
  { host, port }: System,
  below: string,
  method: string,
  body?: object,
  token?: string,
): Promise<T> {
  const response = await fetch(`http://${host}:${port}/peerjs/games/bench/${below}`, {
    method,
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${below}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function billed({ host, port }: System): Promise<Billed> {
  return (await fetch(`http://${host}:${port}/billed`)).json() as Promise<Billed>;
}
