import { join } from 'node:path';
import { parseCommandLine } from './commandLine.ts';
import type { Counters } from './counters.ts';
import { costTables, markdownTable } from './table.ts';

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
    if (command.kind !== 'compute' || end === -1) throw new Error(`no table: ${match[0]}`);
    const { usage, bill } = costTables(command.workload, counters);
    result += document.slice(done, match.index + match[0].length);
    result += `${markdownTable(usage)}\n\n${markdownTable(bill)}\n`;
    done = end;
  }
  return result + document.slice(done);
}
