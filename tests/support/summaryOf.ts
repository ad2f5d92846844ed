import { type Place, pointOf, type Snapshot } from '../../src/metrics/Collection.ts';
import { type Counters, noCounters } from '../../src/metrics/Counters.ts';
import { type Summary, summary } from '../../src/metrics/formats.ts';

/**
 * What a server shows a dashboard that has these places, and has counted this, and nothing else.
 *
 * @param history what it remembers, without the present.
 */
export function summaryOf(
  counters: Partial<Counters>,
  coordinators: readonly Place[],
  { history = [], ...snapshot }: Partial<Snapshot>,
): Summary {
  const present = {
    since: 0,
    at: 0,
    rooms: coordinators.filter(({ kind }) => kind === 'room').length,
    peers: coordinators.reduce((sum, { peerCount }) => sum + peerCount, 0),
    messagesPerSecond: 0,
    coordinators,
    ...snapshot,
    counters: { ...noCounters(), ...counters },
  };
  const now = { at: present.at, ...pointOf(present) };
  return summary({ ...present, history: [...history, now] }, true);
}
