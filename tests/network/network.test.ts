import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { median, percentile } from '../../bench/statistics.ts';
import { isCoturnInstalled } from '../support/coturn.ts';
import { arrivalsOf, NETWORK_CASES, playCase } from '../support/network/cases.ts';
import { missingForNetworks } from '../support/network/Network.ts';
import { NetworkTable } from '../support/network/NetworkTable.ts';

// Two players in browsers of their own, on a network that is made for it. `npm run networks` makes a
// table of the same.

const missing = missingForNetworks();
if (missing !== undefined) console.warn(`Skipped: networks cannot be made here: ${missing}.`);
const isPossible = missing === undefined && isCoturnInstalled();

describe.skipIf(!isPossible)('where', { timeout: 180_000 }, () => {
  let table: NetworkTable;
  beforeAll(async () => {
    table = await NetworkTable.open();
  }, 300_000);
  afterAll(() => table?.close(), 120_000);

  it.for(NETWORK_CASES)('$name', async (played) => {
    const run = await playCase(table, played);
    const { ann = [], bob = [] } = played.told ?? {};
    expect(run.told).toEqual({ ann, bob });
    expect(run.vias).toEqual({ ann: played.via, bob: played.via });
    expect(run.reasons).toEqual({ ann: played.reason, bob: played.reason });
    const { isComplete, unreliable, sent, latencies } = arrivalsOf(run);
    expect(isComplete).toBe(true);
    console.log(
      played.name,
      run.span.to - run.span.from,
      run.told,
      sent,
      unreliable,
      median(latencies.reliable),
      percentile(latencies.reliable, 0.95),
      median(latencies.unreliable),
      percentile(latencies.unreliable, 0.95),
    );
  });
});
