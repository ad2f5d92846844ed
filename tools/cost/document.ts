import { join } from 'node:path';
import type { Counters } from '../../bench/counters.ts';
import { parseCommandLine } from './commandLine.ts';
import { costTable, markdownTable, overviewTable } from './table.ts';

export const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'capacity-and-cost.md');

const START = /<!-- npm run cost -- (.+) -->\n/g;
const END = '<!-- to here -->';

/**
 * The document with its tables computed anew. Each stands behind a comment that is the command which
 * prints it.
 *
 * @throws if a table does not end, or its command prints none.
 */
export function withTables(document: string, counters: Counters): string {
  let result = '';
  let done = 0;
  for (const match of document.matchAll(START)) {
    const command = parseCommandLine((match[1] ?? '').split(' '));
    const end = document.indexOf(END, match.index);
    if (end === -1) throw new Error(`no end: ${match[0]}`);
    result += document.slice(done, match.index + match[0].length);
    if (command.kind === 'compute') {
      result += `${markdownTable(costTable(command.workload, counters))}\n`;
    } else if (command.kind === 'overview') {
      result += `${markdownTable(overviewTable(command.workloads, counters))}\n`;
    } else throw new Error(`no table: ${match[0]}`);
    done = end;
  }
  return result + document.slice(done);
}
