import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCoturnInstalled } from '../support/coturn.ts';
import { arrivalsOf, NETWORK_CASES, playCase } from '../support/network/cases.ts';
import { missingForNetworks } from '../support/network/Network.ts';
import { NetworkTable } from '../support/network/NetworkTable.ts';

// Two players in browsers of their own, on a network that is made for it. `npm run networks` makes a
// table of the same.

const missing = missingForNetworks();
if (missing !== undefined) console.warn(`Skipped: networks cannot be made here: ${missing}.`);
const cases = NETWORK_CASES.filter(({ server }) => server !== 'withTurn' || isCoturnInstalled());

describe.skipIf(missing !== undefined)('where', { timeout: 180_000 }, () => {
  let table: NetworkTable;
  beforeAll(async () => {
    table = await NetworkTable.open();
  }, 300_000);
  afterAll(() => table?.close(), 120_000);

  it.for(cases)('$name, no player is lost, nor a reliable message', async (played) => {
    const run = await playCase(table, played);
    const { ann = [], bob = [] } = played.told ?? {};
    expect(run.told).toEqual({ ann, bob });
    expect(run.vias).toEqual({ ann: played.via, bob: played.via });
    expect(run.reasons).toEqual({ ann: played.reason, bob: played.reason });
    const { sent, reliable, isComplete, unreliable } = arrivalsOf(run);
    expect(reliable).toBe(sent);
    expect(isComplete).toBe(true);
    if (played.delay === undefined) return;
    // How long each takes is in the table: a busy machine delays both.
    expect(unreliable).toBeLessThan(sent);
  });
});
