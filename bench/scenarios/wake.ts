import { setTimeout as sleep } from 'node:timers/promises';
import { BenchPeer, openMany } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { messageTemplate } from '../generator/frames.ts';
import { faultsFigure, timeFigures, wakesSoFar } from './figures.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

/** Between two messages, so that none of them waits for another. */
const PAUSE_MS = 20;

/**
 * Rooms that have been silent for longer than 10 s, which is when workerd lets an object sleep. In
 * each one an offer arrives. The rooms fall asleep side by side and are woken one after the other.
 */
export const wake: Scenario = {
  name: 'wake',
  cases: [{ label: '', rounds: 2, systems: ALL_SYSTEMS, prepare: unprepared(run) }],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const rooms = isQuick ? 10 : 200;
  const silenceMs = isQuick ? 200 : 12_000;

  const wanted = Array.from({ length: rooms * 2 }, (_, index) => {
    const room = Math.floor(index / 2);
    return { path: `/room/r${room}`, id: `r${room}-p${index % 2}` };
  });
  const peers = await openMany(system, wanted, 16);
  const delivery = new Delivery(peers, 1);
  const send = Array.from({ length: rooms }, (_, room) =>
    delivery.stream(room * 2, room * 2 + 1, [
      messageTemplate('OFFER', `r${room}-p0`, `r${room}-p1`, 2500),
    ]),
  );

  progress('waiting until the rooms sleep');
  await sleep(silenceMs);
  for (const [room, sendOffer] of send.entries()) {
    progress(`room ${room + 1} of ${rooms}`);
    sendOffer();
    await until(() => delivery.received > room);
    await sleep(PAUSE_MS);
    // The sender joins again, with its own id: at a join the room reports its wakes.
    const sender = wanted[room * 2];
    if (system.countsWakes && sender !== undefined) {
      await BenchPeer.open(system, sender.path, sender.id);
    }
  }
  // Each room counts one wake when it was first used, and another one if it slept.
  const slept = (await wakesSoFar(system)) - rooms;
  return [
    ...timeFigures('first message after the silence', delivery.latencies),
    { measure: 'rooms that had slept', unit: '%', value: (100 * slept) / rooms },
    faultsFigure(delivery.faults + delivery.missing),
  ];
}

/** Looks at every turn of the event loop, as a timer is too coarse, and gives up after 5 s. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition() && performance.now() < end) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
