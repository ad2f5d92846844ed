import { setTimeout as sleep } from 'node:timers/promises';
import { BenchPeer } from '../generator/BenchPeer.ts';
import { BEAT_EVERY_MS, HEARTBEAT, textFrame } from '../generator/frames.ts';
import { reported, wakesSoFar } from './figures.ts';
import {
  DEFAULT_RATE_LIMIT,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const OFFER_TO_NOBODY = textFrame('{"type":"OFFER","dst":"host","payload":{}}');

/**
 * A guest calls a host that is not there every 12 s, for two minutes. The first call waits, and so
 * does one a minute after that one has expired. How often does the room come into memory again, so
 * that it must have slept, and for how long does a timer keep it in memory?
 */
export const polled: Scenario = {
  name: 'polled',
  cases: [
    {
      label: 'a room with one guest',
      rounds: 1,
      systems: ['server'],
      settings: DEFAULT_RATE_LIMIT,
      prepare: unprepared(run),
    },
  ],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const calls = isQuick ? 1 : 10;
  const everyMs = isQuick ? 0 : 12_000;

  const guest = await BenchPeer.open(system, '/room/polled', 'guest');
  const openedAt = performance.now();
  const beats = setInterval(() => guest.send(HEARTBEAT), BEAT_EVERY_MS);
  while ((await reported(system)).connections === 0) await sleep(50);
  const secondsToReport = (performance.now() - openedAt) / 1000;
  const before = await reported(system);

  const secondsToExpire: number[] = [];
  const startedAt = performance.now();
  for (let call = 1; call <= calls; call += 1) {
    progress(`call ${call} of ${calls}`);
    const calledAt = performance.now();
    const expired = expiry(guest);
    guest.send(OFFER_TO_NOBODY);
    await expired;
    secondsToExpire.push((performance.now() - calledAt) / 1000);
    await sleep(Math.max(0, startedAt + call * everyMs - performance.now()));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(beats);
  // It makes the room report. If that wakes it, it is the wake that a further call would have been.
  await BenchPeer.open(system, '/room/polled', 'witness');
  const wakes = (await wakesSoFar(system)) - before.wakes;
  const pending = (await reported(system)).pendingSeconds - before.pendingSeconds;
  return [
    { measure: 'join until it is reported', unit: 's', value: secondsToReport },
    { measure: 'first call until EXPIRE', unit: 's', value: secondsToExpire[0] ?? Number.NaN },
    { measure: 'calls', unit: '', value: calls },
    { measure: 'in all', unit: 's', value: seconds },
    { measure: 'times that the room woke', unit: '', value: isQuick ? Number.NaN : wakes },
    { measure: 'a timer was pending', unit: 's', value: pending },
  ];
}

/** The answers to heartbeats come in between. */
async function expiry(peer: BenchPeer): Promise<void> {
  return new Promise((resolve) => {
    peer.onText = (text) => {
      if (text.includes('"EXPIRE"')) resolve();
    };
  });
}
