import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Collection } from '../../src/metrics/Collection.ts';
import { noCounters } from '../../src/metrics/Counters.ts';
import { openMany } from '../generator/BenchPeer.ts';
import { liveHeapBytes } from '../inspector.ts';
import { PEERS_PER_ROOM } from './join.ts';
import { type Figure, type RunContext, type Scenario, unprepared } from './Scenario.ts';

/**
 * What fills the 128 MB that the platform gives an isolate: the peers of one large realm, and the
 * rooms that the collector of metrics knows.
 */
export const heap: Scenario = {
  name: 'heap',
  cases: [{ label: '', rounds: 1, systems: ['server'], inspect: true, prepare: unprepared(run) }],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const { host, inspectorPort } = system;
  if (inspectorPort === undefined) throw new Error('the inspector is off');
  const wanted = Array.from({ length: isQuick ? 40 : 4000 }, (_, index) => ({
    path: '/',
    id: `peer-${index}`,
  }));
  // After the first peer the code has run once, and the realm is there.
  await openMany(system, [{ path: '/', id: 'first' }], 1);
  const before = await liveHeapBytes(host, inspectorPort);
  await openMany(system, wanted, 16, (count) => progress(`${count} peers`));
  const after = await liveHeapBytes(host, inspectorPort);
  return [
    { measure: 'a peer of a realm', unit: 'B', value: (after - before) / wanted.length },
    {
      measure: 'a room in the collector of metrics',
      unit: 'B',
      value: collectorBytesPerRoom(isQuick ? 200 : 20_000),
    },
  ];
}

/** Rooms as the collector keeps them, in this process: it is the same engine. */
function collectorBytesPerRoom(rooms: number): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const collection = new Collection({ put() {}, delete() {} }, new Map(), 0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let room = 0; room < rooms; room += 1) {
    const peers = Array.from({ length: PEERS_PER_ROOM }, () => crypto.randomUUID());
    const report = { name: `/room/game-${room}`, peerCount: peers.length, peers };
    // A report arrives as a copy, of which nothing is shared.
    collection.report(structuredClone({ ...report, kind: 'room', counters: noCounters() }), 0);
  }
  collectGarbage();
  const after = process.memoryUsage().heapUsed;
  if (collection.snapshot(0).rooms !== rooms) throw new Error('the collector lost rooms');
  return (after - before) / rooms;
}
