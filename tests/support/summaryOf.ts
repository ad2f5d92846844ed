import type { Place, Snapshot } from '../../src/metrics/Collection.ts';
import { type Counters, noCounters } from '../../src/metrics/Counters.ts';
import { type Summary, summary } from '../../src/metrics/formats.ts';

/** What a server shows a dashboard that has these places, and has counted this, and nothing else. */
export function summaryOf(
  counters: Partial<Counters>,
  coordinators: readonly Place[],
  snapshot: Partial<Snapshot>,
): Summary {
  return summary(
    {
      since: 0,
      at: 0,
      rooms: coordinators.filter(({ kind }) => kind === 'room').length,
      peers: coordinators.reduce((sum, { peerCount }) => sum + peerCount, 0),
      messagesPerSecond: 0,
      coordinators,
      history: [],
      ...snapshot,
      counters: { ...noCounters(), ...counters },
    },
    true,
  );
}
