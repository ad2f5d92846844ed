import { join } from 'node:path';
import type { Counters } from '../../bench/counters.ts';
import { type Command, parseCommandLine } from './commandLine.ts';
import { costTables, gamesTable, markdownTable, polledRoomTable, type Table } from './table.ts';

export const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'capacity-and-cost.md');

const START = /<!-- npm run cost -- (.+) -->\n/g;
const END = '<!-- to here -->';

/**
 * The document with its tables computed anew. Each stands behind a comment that is the command which
 * prints it.
 *
 * @throws if a table does not end, or its command is not valid.
 */
export function withTables(document: string, counters: Counters): string {
  let result = '';
  let done = 0;
  for (const match of document.matchAll(START)) {
    const command = parseCommandLine((match[1] ?? '').split(' '));
    const end = document.indexOf(END, match.index);
    if (end === -1) throw new Error(`no end: ${match[0]}`);
    const tables = tablesOf(command, counters);
    if (tables === undefined) throw new Error(`no table: ${match[0]}`);
    result += document.slice(done, match.index + match[0].length);
    result += `${tables.map(markdownTable).join('\n\n')}\n`;
    done = end;
  }
  return result + document.slice(done);
}

function tablesOf(command: Command, counters: Counters): readonly Table[] | undefined {
  switch (command.kind) {
    case 'compute': {
      const { usage, bill } = costTables(command.workload, counters);
      return [usage, bill];
    }
    case 'games':
      return [gamesTable(command, counters)];
    case 'polled room':
      return [polledRoomTable(counters)];
    case 'markdown':
    case 'help':
      return undefined;
    default:
      return command satisfies never;
  }
}
