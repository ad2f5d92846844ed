import { expect, it } from 'vitest';
import type { NetworkRun } from '../../tests/support/network/cases.ts';
import { faultsOf, latencyTable, networksTable } from './summary.ts';

/** Messages that took so many milliseconds each, and were sent one second after the other. */
function arrivals(...latencies: readonly number[]) {
  return latencies.map((latency, n) => ({ n, sentAt: n * 1000, at: n * 1000 + latency }));
}

const RUN: NetworkRun = {
  span: { from: -2500, to: -1000, until: 'messages flow' },
  vias: { ann: 'direct', bob: 'direct' },
  reasons: { ann: undefined, bob: undefined },
  told: { ann: ['status reconnecting'], bob: [] },
  sent: { ann: 3, bob: 2 },
  got: {
    ann: { sent: 3, reliable: arrivals(10, 20), unreliable: arrivals(5) },
    bob: { sent: 2, reliable: arrivals(30, 40, 50), unreliable: arrivals(6, 7) },
  },
};
const played = { name: 'it loses packets', delay: 4 };

it('shows a row for each network, with the messages of both players', () => {
  expect(networksTable([{ played, run: RUN }]).split('\n')[2]).toBe(
    '| it loses packets | direct | status reconnecting; the other one: nothing | 1.5 s until messages flow | 5 of 5 | 3 of 5 |',
  );
});

it('shows how long messages took that were sent after the trouble', () => {
  expect(latencyTable([{ played, run: RUN }]).split('\n')[2]).toBe(
    '| it loses packets | 4 ms | 6 ms | 7 ms | 30 ms | 50 ms |',
  );
  const run = { ...RUN, span: { ...RUN.span, to: 500 } };
  expect(latencyTable([{ played, run }]).split('\n')[2]).toContain('| 40 ms | 50 ms |');
});

it.each([
  ['did not arrive', arrivals(30, 40)],
  ['came twice', [...arrivals(30, 40, 50), ...arrivals(30)]],
  ['came in another order', arrivals(30, 40, 50).toReversed()],
])('a reliable message that %s is a fault', (_, reliable) => {
  const run = { ...RUN, got: { ...RUN.got, bob: { ...RUN.got.bob, reliable } } };
  expect(faultsOf([{ played, run }])).toEqual([
    'Reliable messages were lost, or came in another order: it loses packets.',
  ]);
  expect(faultsOf([{ played, run: RUN }])).toEqual([]);
});
