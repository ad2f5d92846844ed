/**
 * `npm run networks`: what two players see of networks that lose packets, fail or are walled off, in real
 * browsers, and what becomes of their messages. It needs Linux, root, coturn and a C compiler.
 *
 *   npm run networks                  plays each network once: two minutes
 *   npm run networks -- --only UDP    those with this in their names
 *   npm run networks -- --markdown    puts the tables into docs/make-a-game.md
 *
 * It fails if a reliable message is lost.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { putTable } from '../../bench/putTable.ts';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { isCoturnInstalled } from '../../tests/support/coturn.ts';
import { NETWORK_CASES, playCase } from '../../tests/support/network/cases.ts';
import { missingForNetworks } from '../../tests/support/network/Network.ts';
import { NetworkTable } from '../../tests/support/network/NetworkTable.ts';
import { machineCaption } from '../machineCaption.ts';
import { faultsOf, latencyTable, networksTable, type PlayedCase } from './summary.ts';

const DOCUMENT = join(PROJECT_ROOT, 'docs', 'make-a-game.md');
const PLACE = {
  start: '<!-- npm run networks -- --markdown: from here -->',
  end: '<!-- to here -->',
};

const { values: options } = parseArgs({
  options: {
    markdown: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const missing = missingForNetworks();
if (missing !== undefined) {
  console.error(`Networks cannot be made here: ${missing}.`);
  process.exitCode = 1;
} else if (!isCoturnInstalled()) {
  process.exitCode = 1;
} else {
  await run();
}

async function run(): Promise<void> {
  const table = await NetworkTable.open();
  const cases: PlayedCase[] = [];
  const loads: number[] = [];
  try {
    for (const played of NETWORK_CASES) {
      if (!played.name.includes(options.only)) continue;
      cases.push({ played, run: await playCase(table, played) });
      loads.push(loadavg()[0] ?? Number.NaN);
      console.error(networksTable(cases.slice(-1)).split('\n')[2]);
    }
  } finally {
    await table.close();
  }
  const text = [
    networksTable(cases),
    latencyTable(cases),
    `${machineCaption(table.browserVersion ?? '', loads)}.`,
  ].join('\n\n');
  console.log(text);
  const faults = faultsOf(cases);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  if (options.markdown) await putTable(DOCUMENT, text, PLACE);
}
