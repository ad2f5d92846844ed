import { BenchPeer, openMany } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { HANDSHAKE_MESSAGES, handshakeSide, type Party } from '../generator/handshake.ts';
import { faultsFigure } from './figures.ts';
import {
  ALL_SYSTEMS,
  DEFAULT_RATE_LIMIT,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const CALLERS = 100;
const PATIENCE_MS = 10_000;

/**
 * A hundred peers call one host at the same moment: each sends an offer and ten candidates, and the
 * host answers each with as many. The limit on how fast a peer may speak is the default one.
 */
export const calls: Scenario = {
  name: 'calls',
  cases: [
    {
      label: '',
      rounds: 3,
      systems: ALL_SYSTEMS,
      settings: DEFAULT_RATE_LIMIT,
      prepare: unprepared(run),
    },
  ],
};

async function run({ system, progress }: RunContext): Promise<Figure[]> {
  const host = await BenchPeer.open(system, '/', 'host');
  const wanted = Array.from({ length: CALLERS }, (_, index) => ({
    path: '/',
    id: `caller-${index}`,
  }));
  const callers = await openMany(system, wanted, 16);
  const delivery = new Delivery([host, ...callers], 1);

  /** By the id of the caller. */
  const answer = new Map<string, () => void>();
  const missing = new Map(callers.map(({ id }) => [id, HANDSHAKE_MESSAGES]));
  const isDone = () => [...missing.values()].every((count) => count === 0);
  const answeredAfter: number[] = [];
  const call = callers.map(({ id }, index) => {
    const caller: Party = { index: index + 1, id };
    const callee: Party = { index: 0, id: host.id };
    answer.set(id, handshakeSide(delivery, 'ANSWER', callee, caller));
    return handshakeSide(delivery, 'OFFER', caller, callee);
  });

  progress('all call');
  const startedAt = performance.now();
  delivery.onReceived = (sender, receiver, { type }) => {
    const caller = sender === host.id ? (callers[receiver - 1]?.id ?? '') : sender;
    const left = (missing.get(caller) ?? 0) - 1;
    missing.set(caller, left);
    if (type === 'OFFER') answer.get(caller)?.();
    if (left === 0) answeredAfter.push(performance.now() - startedAt);
  };
  for (const start of call) start();
  const end = startedAt + PATIENCE_MS;
  while (!isDone() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return [
    { measure: 'calls answered', unit: '%', value: (100 * answeredAfter.length) / CALLERS },
    { measure: 'until the last was answered', unit: 'ms', value: Math.max(...answeredAfter) },
    faultsFigure(delivery.faults + delivery.missing),
  ];
}
