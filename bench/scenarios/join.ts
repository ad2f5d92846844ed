import { openMany } from '../generator/BenchPeer.ts';
import { residentBytes } from '../processUsage.ts';
import { UsageMeter } from './figures.ts';
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

/** Rooms full of peers connect, as fast as the server lets them. */
export const join: Scenario = {
  name: 'join',
  cases: [{ label: '', rounds: 9, systems: ALL_SYSTEMS, prepare: unprepared(joinAll) }],
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
  await openMany(system, wanted, AT_A_TIME, (count) => progress(`${count} peers`));
  const { length } = wanted;
  return [
    { measure: 'joins a second', unit: '', value: length / usage.seconds },
    { measure: 'CPU a join', unit: 'ms', value: (usage.systemCpuSeconds / length) * 1000 },
    ...usage.cpuFigures(),
    {
      measure: 'memory a peer',
      unit: 'kB',
      value: (residentBytes(system.pid) - before) / length / 1000,
    },
  ];
}
