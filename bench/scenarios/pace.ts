import { setTimeout as sleep } from 'node:timers/promises';
import { openMany } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { sideMessages } from '../generator/handshake.ts';
import { faultsFigure, timeFigures, UsageMeter } from './figures.ts';
import { PEERS_PER_ROOM, peersOfRooms } from './join.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const TICK_MS = 20;

/**
 * Messages at a steady pace, spread over many rooms, so that the server reads nearly each of them by
 * itself. That costs more than in `relay`, where many come at once.
 */
export const pace: Scenario = {
  name: 'pace',
  cases: [
    {
      label: '2,000 messages a second in 1,000 rooms',
      rounds: 2,
      systems: ALL_SYSTEMS,
      prepare: unprepared(run),
    },
  ],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const rooms = isQuick ? 10 : 1000;
  const perSecond = isQuick ? 200 : 2000;
  const wanted = isQuick ? 100 : 20_000;

  const peers = await openMany(system, peersOfRooms(rooms), 16);
  const delivery = new Delivery(peers, 1);
  const send = peers.map(({ id }, sender) => {
    const next = (sender + 1) % PEERS_PER_ROOM;
    const receiver = sender - (sender % PEERS_PER_ROOM) + next;
    const messages = sideMessages('OFFER', id, peers[receiver]?.id ?? '');
    // Each begins elsewhere in it, so that the large message comes as often at any time.
    const first = sender % messages.length;
    const rotated = [...messages.slice(first), ...messages.slice(0, first)];
    return delivery.stream(sender, receiver, rotated);
  });
  const sendDuring = async (count: number) => {
    const start = performance.now();
    for (let sent = 0; sent < count; await sleep(TICK_MS)) {
      const due = Math.min(count, ((performance.now() - start) / 1000) * perSecond);
      for (; sent < due; sent += 1) send[sent % send.length]?.();
    }
    await delivery.settle(5000);
  };

  progress('warming up');
  // After it all rooms have reported their joins.
  await sendDuring(wanted / 2);
  delivery.latencies.length = 0;
  progress('measuring');
  const usage = new UsageMeter(system);
  await sendDuring(wanted);
  return [
    { measure: 'CPU a message', unit: 'µs', value: (usage.systemCpuSeconds / wanted) * 1e6 },
    ...usage.cpuFigures(),
    ...timeFigures('delivery', delivery.latencies),
    faultsFigure(delivery.faults),
  ];
}
