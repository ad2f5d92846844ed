/**
 * `npm run hosts`: how long rooms of four are without a host when theirs ends, in real browsers, and
 * whether one that comes back takes the role.
 *
 *   npm run hosts                     plays each ending ten times
 *   npm run hosts -- --runs 100       as often as that: 100 take a quarter of an hour
 *   npm run hosts -- --only frozen    those with this in their names
 *   npm run hosts -- --at-once 3      rooms that are played at the same time
 *   npm run hosts -- --markdown       puts the table into docs/rooms.md
 *
 * It fails if a time is over its budget, or anybody disagrees.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { putTable } from '../../bench/putTable.ts';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { bundleWorker } from '../../selfhost/workerd/bundleWorker.ts';
import { startServer } from '../../selfhost/workerd/startServer.ts';
import {
  HOST_ENDINGS,
  type HostEnding,
  HostEndings,
  type HostRun,
} from '../../tests/support/browser/hostEndings.ts';
import { machineCaption } from '../machineCaption.ts';
import { faultsOf, hostsTable, outcomeOf, type PlayedEnding } from './summary.ts';

const DOCUMENT = join(PROJECT_ROOT, 'docs', 'rooms.md');
const PLACE = {
  start: '<!-- npm run hosts -- --runs 100 --markdown: from here -->',
  end: '<!-- to here -->',
};

const { values: options } = parseArgs({
  options: {
    'at-once': { type: 'string', default: '4' },
    markdown: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '10' },
  },
});
const count = Number(options.runs);
const atOnce = Number(options['at-once']);
if (![count, atOnce].every((it) => Number.isInteger(it) && it > 0)) {
  console.error('--runs and --at-once must be whole numbers above 0.');
  process.exitCode = 1;
} else {
  await run();
}

async function run(): Promise<void> {
  await bundleWorker();
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    environment: {},
    output: 'ignore',
  });
  const endings = await HostEndings.start(server.port);
  const loads: number[] = [];
  const played: PlayedEnding[] = [];
  try {
    for (const ending of HOST_ENDINGS) {
      if (!ending.name.includes(options.only)) continue;
      const runs = await playAll(endings, ending);
      played.push({ ending, runs });
      loads.push(loadavg()[0] ?? Number.NaN);
      console.error(hostsTable([{ ending, runs }]).split('\n')[2]);
    }
  } finally {
    await Promise.all([endings.close(), server.stop()]);
  }
  const text = `${machineCaption(endings.browserVersion, loads)}, ${atOnce} rooms at once. ${outcomeOf(played)}\n\n${hostsTable(played)}`;
  const faults = faultsOf(played);
  console.log(text);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  if (options.markdown) await putTable(DOCUMENT, text, PLACE);
}

/** Plays an ending this many times, some of them at the same time. */
async function playAll(endings: HostEndings, ending: HostEnding): Promise<(HostRun | undefined)[]> {
  const runs: (HostRun | undefined)[] = [];
  let left = count;
  const playOn = async () => {
    while (left > 0) {
      left -= 1;
      const played = await endings.play(ending).catch((error) => {
        console.error(ending.name, error);
        return undefined;
      });
      runs.push(played);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playOn));
  return runs;
}
