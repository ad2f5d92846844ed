import { openMany } from '../generator/BenchPeer.ts';
import { liveHeapBytes } from '../inspector.ts';
import { residentBytes } from '../processUsage.ts';
import { timeFigures, UsageMeter } from './figures.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

export const PEERS_PER_ROOM = 4;
/** Enough to keep the server busy all the time. More would only wait longer. */
const AT_A_TIME = 16;
/** workerd lets an object sleep that has been idle for 10 s. */
const UNTIL_ASLEEP_MS = 12_000;

/** Rooms full of peers connect, as fast as the server lets them. */
export const join: Scenario = {
  name: 'join',
  cases: [
    { label: '', rounds: 3, systems: ALL_SYSTEMS, prepare: unprepared(joinAll) },
    {
      label: 'JavaScript heap',
      rounds: 1,
      systems: ALL_SYSTEMS,
      inspect: true,
      prepare: unprepared(measureHeap),
    },
  ],
};

/** The peers of as many rooms, room by room. */
export function peersOfRooms(rooms: number): { path: string; id: string }[] {
  return Array.from({ length: rooms * PEERS_PER_ROOM }, (_, index) => {
    const room = Math.floor(index / PEERS_PER_ROOM);
    return { path: `/room/r${room}`, id: `r${room}-p${index % PEERS_PER_ROOM}` };
  });
}

async function joinAll({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const wanted = peersOfRooms(isQuick ? 10 : 1000);
  const before = residentBytes(system.pid);
  const usage = new UsageMeter(system);
  const { millisecondsToOpen } = await openMany(system, wanted, AT_A_TIME, (count) =>
    progress(`${count} peers`),
  );
  const { length } = wanted;
  return [
    { measure: 'joins a second', unit: '', value: length / usage.seconds },
    ...timeFigures('socket to OPEN', millisecondsToOpen),
    { measure: 'CPU a join', unit: 'ms', value: (usage.systemCpuSeconds / length) * 1000 },
    ...usage.cpuFigures(),
    {
      measure: 'memory a peer',
      unit: 'kB',
      value: (residentBytes(system.pid) - before) / length / 1000,
    },
  ];
}

async function measureHeap({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const port = system.inspectorPort;
  if (port === undefined) throw new Error('the inspector is off');
  const wanted = peersOfRooms(isQuick ? 10 : 1000);
  const empty = await liveHeapBytes(system.host, port);
  await openMany(system, wanted, AT_A_TIME, (count) => progress(`${count} peers`));
  const awake = await liveHeapBytes(system.host, port);
  if (!isQuick) {
    progress('waiting until the rooms sleep');
    await new Promise((resolve) => setTimeout(resolve, UNTIL_ASLEEP_MS));
  }
  const asleep = await liveHeapBytes(system.host, port);
  return [
    { measure: 'with no peer', unit: 'MB', value: empty / 1e6 },
    { measure: 'with all peers, just joined', unit: 'MB', value: awake / 1e6 },
    { measure: 'with all peers, after 12 s of silence', unit: 'MB', value: asleep / 1e6 },
    { measure: 'a peer, just joined', unit: 'kB', value: (awake - empty) / wanted.length / 1000 },
  ];
}
