import { openMany } from '../generator/BenchPeer.ts';
import { textFrame } from '../generator/frames.ts';
import { residentFigure, UsageMeter, wakesSoFar } from './figures.ts';
import { peersOfRooms } from './join.ts';
import { ALL_SYSTEMS, type Figure, type RunContext, type Scenario } from './Scenario.ts';

const HEARTBEAT = textFrame('{"type":"HEARTBEAT"}');
/** As PeerJS does. */
const BEAT_EVERY_MS = 5000;
const TICK_MS = 20;

/** Rooms in which nobody signals: every peer is connected and sends its heartbeat. */
export const idle: Scenario = {
  name: 'idle',
  cases: [{ label: '', rounds: 2, systems: ALL_SYSTEMS, run }],
};

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const rooms = isQuick ? 10 : 1000;
  // The first beats come while the rooms still wait for their 10 s of silence to fall asleep.
  const untilAsleepMs = isQuick ? 0 : 12_000;
  const measuredMs = isQuick ? 600 : 30_000;

  const { peers } = await openMany(system, peersOfRooms(rooms), 16);
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
  const wakesBefore = await wakesSoFar(system);
  const beatsBefore = beats;
  const usage = new UsageMeter(system);
  progress('measuring');
  await sleep(measuredMs);
  const figures = usage.cpuFigures();
  const beatsMeasured = beats - beatsBefore;
  const cpu = usage.systemCpuSeconds;
  clearInterval(timer);
  // What was sent last has to be answered too.
  await sleep(500);
  const wakes = (await wakesSoFar(system)) - wakesBefore;

  return [
    { measure: 'heartbeats', unit: '', value: beatsMeasured },
    {
      measure: 'heartbeats not answered',
      unit: '',
      value: system.answersHeartbeats ? beats - answers : Number.NaN,
    },
    { measure: 'wakes', unit: '', value: wakes },
    { measure: 'CPU a heartbeat', unit: 'µs', value: (cpu / beatsMeasured) * 1e6 },
    ...figures,
    residentFigure(system),
  ];
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
