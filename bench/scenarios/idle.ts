import { setTimeout as sleep } from 'node:timers/promises';
import { openMany } from '../generator/BenchPeer.ts';
import { BEAT_EVERY_MS, HEARTBEAT } from '../generator/frames.ts';
import { residentBytes } from '../processUsage.ts';
import { UsageMeter, wakesSoFar } from './figures.ts';
import { PEERS_PER_ROOM, peersOfRooms } from './join.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const TICK_MS = 20;

/** Rooms in which nobody signals: every peer is connected and sends its heartbeat. */
export const idle: Scenario = {
  name: 'idle',
  cases: [{ label: '', rounds: 2, systems: ALL_SYSTEMS, prepare: unprepared(run) }],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const rooms = isQuick ? 10 : 1000;
  // The first beats come while the rooms still wait for their 10 s of silence to fall asleep.
  const untilAsleepMs = isQuick ? 0 : 12_000;
  const measuredMs = isQuick ? 600 : 30_000;

  const wanted = peersOfRooms(rooms);
  const memoryBefore = residentBytes(system.pid);
  const peers = await openMany(system, wanted, 16);
  let answers = 0;
  for (const peer of peers) peer.onText = () => (answers += 1);

  // The beats are spread evenly, so that each tick sends its share of them.
  const start = performance.now();
  let beats = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / BEAT_EVERY_MS) * peers.length;
    for (; beats < due; beats += 1) peers[beats % peers.length]?.send(HEARTBEAT);
  }, TICK_MS);

  progress('waiting until the rooms sleep');
  await sleep(untilAsleepMs);
  const beatsBefore = beats;
  const usage = new UsageMeter(system);
  progress('measuring');
  await sleep(measuredMs);
  const figures = usage.cpuFigures();
  const beatsMeasured = beats - beatsBefore;
  const cpu = usage.systemCpuSeconds;
  clearInterval(timer);
  // The last heartbeats are still to be answered.
  await sleep(500);
  const unanswered = beats - answers;
  const memory: Figure = {
    measure: 'memory a peer, asleep',
    unit: 'kB',
    value: (residentBytes(system.pid) - memoryBefore) / peers.length / 1000,
  };
  // One peer of each room joins again, so that the room reports its wakes: one when it was first
  // used, and one by this join if it slept.
  const firsts = wanted.filter((_, index) => index % PEERS_PER_ROOM === 0);
  if (system.countsWakes) await openMany(system, firsts, 16);
  const wakes = await wakesSoFar(system);

  return [
    { measure: 'heartbeats', unit: '', value: beatsMeasured },
    {
      measure: 'heartbeats not answered',
      unit: '',
      value: system.answersHeartbeats ? unanswered : Number.NaN,
    },
    { measure: 'wakes by heartbeats', unit: '', value: isQuick ? Number.NaN : wakes - 2 * rooms },
    { measure: 'CPU a heartbeat', unit: 'µs', value: (cpu / beatsMeasured) * 1e6 },
    ...figures,
    memory,
  ];
}
