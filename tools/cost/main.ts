/**
 * `npm run cost`: what a workload costs. `npm run cost -- --help` lists the options, and
 * docs/capacity-and-cost.md explains what comes out.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { readCounters } from '../../bench/counters.ts';
import { CommandLineError } from '../CommandLineError.ts';
import { parseCommandLine, USAGE } from './commandLine.ts';
import { DOCUMENT, withTables } from './document.ts';
import type { Workload } from './model.ts';
import { costTable, gamesTable, overviewTable, polledRoomTable, textTable } from './table.ts';

try {
  const command = parseCommandLine(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      console.log(USAGE);
      break;
    case 'games':
      console.log(textTable(gamesTable(command, await readCounters())));
      break;
    case 'overview':
      console.log(textTable(overviewTable(command.workloads, await readCounters())));
      break;
    case 'polled room':
      console.log(textTable(polledRoomTable(await readCounters())));
      break;
    case 'markdown':
      await writeFile(DOCUMENT, withTables(await readFile(DOCUMENT, 'utf8'), await readCounters()));
      break;
    case 'compute':
      await print(command.workload);
      break;
    default:
      command satisfies never;
  }
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function print(workload: Workload): Promise<void> {
  const table = costTable(workload, await readCounters());
  const { kind, places, peers, shards, hours, sessionHours } = workload;
  const who =
    kind === 'room'
      ? `${places} rooms of ${peers} peers`
      : `a realm of ${peers} peers, REALM_SHARDS ${shards}`;
  console.log(`
${who}, ${hours} h a day, ${sessionHours} h for each peer

${textTable(table)}

"1–2": the price pages can be read both ways. docs/capacity-and-cost.md says what is assumed.`);
}
