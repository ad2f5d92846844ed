import { setTimeout as sleep } from 'node:timers/promises';
import { BenchPeer, openMany } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { messageTemplate, textFrame } from '../generator/frames.ts';
import { percentile } from '../statistics.ts';
import type { System } from '../systems/System.ts';
import { faultsFigure, UsageMeter } from './figures.ts';
import {
  ALL_SYSTEMS,
  DEFAULT_RATE_LIMIT,
  type Figure,
  type RunContext,
  type Scenario,
  type ScenarioCase,
  unprepared,
} from './Scenario.ts';

/** Of each peer that is not flooding. */
const MESSAGES_PER_SECOND = 20;
const TICK_MS = 10;
/** How much the flooder keeps unsent, so that the server is the limit and not the flooder. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** The server closes a flooder after 5 s. One that floods for this long is never closed. */
const FLOOD_MS = 8000;

interface Flood {
  readonly frameBytes: number;
  /** At most: a server that reads more slowly gets fewer. */
  readonly framesPerSecond: number;
}

/**
 * One client floods a room while two others in it, and two in another room, exchange messages at a
 * gentle pace. At the official server all of them meet in one place. The limit on how fast a peer may
 * speak is the default one.
 */
export const flood: Scenario = {
  name: 'flood',
  cases: [
    floodCase('10,000 frames of 100 B a second', { frameBytes: 100, framesPerSecond: 10_000 }),
    floodCase('1,000 frames of 64 KB a second', { frameBytes: 65_536, framesPerSecond: 1000 }),
  ],
};

function floodCase(label: string, what: Flood): ScenarioCase {
  return {
    label,
    rounds: 3,
    systems: ALL_SYSTEMS,
    settings: DEFAULT_RATE_LIMIT,
    prepare: unprepared((context) => run(context, what)),
  };
}

async function run(context: RunContext, what: Flood): Promise<Figure[]> {
  const { system, isQuick, progress } = context;
  const pairs = [
    { title: 'same room', ...(await openPair(system, '/room/flooded', 'near')) },
    { title: 'another room', ...(await openPair(system, '/room/quiet', 'far')) },
  ];
  const flooder = await BenchPeer.open(system, '/room/flooded', 'flooder');
  // The bare relay fails if there is nobody to send to.
  const victim = await BenchPeer.open(system, '/room/flooded', 'victim');

  const talk = setInterval(() => {
    for (const { speak } of pairs) for (const send of speak) send();
  }, 1000 / MESSAGES_PER_SECOND);
  const latencies = () => pairs.map(({ delivery }) => delivery.latencies.splice(0));

  progress('a quiet server');
  // The first messages are slow, and part of neither figure.
  await sleep(isQuick ? 0 : 1000);
  latencies();
  await sleep(isQuick ? 300 : FLOOD_MS);
  const quiet = latencies();

  progress('the flood');
  const usage = new UsageMeter(system);
  const { sent, endedAfter } = await floodFor(isQuick ? 300 : FLOOD_MS, flooder, victim.id, what);
  const flooded = latencies();
  const framesPerSecond = sent / usage.seconds;
  const cpu = usage.cpuFigures();
  clearInterval(talk);
  await Promise.all(pairs.map(({ delivery }) => delivery.settle(5000)));

  const faults = pairs.reduce((sum, { delivery }) => sum + delivery.faults, 0);
  return [
    { measure: 'frames of the flood a second', unit: '', value: framesPerSecond },
    { measure: 'until the flooder was ended', unit: 's', value: endedAfter ?? Number.NaN },
    ...pairs.flatMap(({ title }, index) =>
      comparison(title, quiet[index] ?? [], flooded[index] ?? []),
    ),
    ...cpu,
    faultsFigure(faults),
  ];
}

/** Two peers, and what makes each of them send one message to the other. */
async function openPair(system: System, path: string, name: string) {
  const ids = [`${name}-0`, `${name}-1`] as const;
  const peers = await openMany(
    system,
    ids.map((id) => ({ path, id })),
    2,
  );
  const delivery = new Delivery(peers, 1);
  const [first, second] = ids;
  const speak = [
    delivery.stream(0, 1, [messageTemplate('CANDIDATE', first, second, 100)]),
    delivery.stream(1, 0, [messageTemplate('CANDIDATE', second, first, 100)]),
  ];
  return { delivery, speak };
}

/**
 * Floods until the server ends the flooder, or for as long as is said.
 *
 * @returns the frames that were sent, and the seconds until the flooder was ended, if it was.
 * @throws if it was ended in any other way than it should be.
 */
async function floodFor(
  milliseconds: number,
  flooder: BenchPeer,
  victim: string,
  { frameBytes, framesPerSecond }: Flood,
): Promise<{ sent: number; endedAfter: number | undefined }> {
  const bare = JSON.stringify({ type: 'CANDIDATE', payload: '', dst: victim });
  const payload = 'x'.repeat(frameBytes - bare.length);
  const frame = textFrame(JSON.stringify({ type: 'CANDIDATE', payload, dst: victim }));

  const startedAt = performance.now();
  let endedAfter: number | undefined;
  let lastText = '';
  let ending = '';
  flooder.onText = (text) => {
    lastText = String(text);
  };
  flooder.onEnded = ({ code, reason }) => {
    endedAfter = (performance.now() - startedAt) / 1000;
    ending = `${code} ${reason}`;
  };
  let sent = 0;
  for (;;) {
    const elapsed = performance.now() - startedAt;
    if (endedAfter !== undefined || elapsed >= milliseconds) break;
    const due = (elapsed / 1000) * framesPerSecond;
    for (; sent < due && flooder.unsentBytes < MAX_UNSENT_BYTES; sent += 1) flooder.send(frame);
    await sleep(TICK_MS);
  }
  flooder.onEnded = () => {};
  if (endedAfter === undefined) flooder.destroy();
  else if (!ending.startsWith('1008') || !lastText.includes('"rate-limit-exceeded"')) {
    throw new Error(`the flooder was ended with ${ending} after ${lastText}`);
  }
  return { sent, endedAfter };
}

function comparison(title: string, quiet: readonly number[], flooded: readonly number[]): Figure[] {
  return [0.5, 0.95].flatMap((share) => {
    const [before, during] = [percentile(quiet, share), percentile(flooded, share)];
    const name = `${title}, p${share * 100}`;
    return [
      { measure: `${name} quiet`, unit: 'ms', value: before },
      { measure: `${name} flooded`, unit: 'ms', value: during },
      { measure: `${name} flooded ÷ quiet`, unit: '', value: during / before },
    ];
  });
}
