import type { Counters } from '../../bench/counters.ts';
import {
  type Bill,
  billOf,
  type CallRule,
  DESIGNS,
  type Design,
  freePlanShares,
  machinesFor,
  type Price,
  polledRoomGbSeconds,
  priceBeyond,
  type Reading,
  type Usage,
  usageOf,
  type Workload,
  withRoomRequests,
} from './model.ts';

/** Cells of text; the first row is the head. */
export type Table = readonly (readonly string[])[];

const TITLES: Record<Design, string> = {
  'this server': 'this server',
  'waking heartbeats': 'heartbeats that wake',
  'object per peer': 'one object per peer',
};

const USED: readonly (readonly [string, keyof Usage])[] = [
  ['Worker requests', 'workerRequests'],
  ['Worker CPU, ms', 'cpuMs'],
  ['object requests', 'objectRequests'],
  ['object duration, GB-s', 'gbSeconds'],
  ['rows read', 'rowsRead'],
  ['rows written', 'rowsWritten'],
  ['log events', 'logEvents'],
];

const PRICED: readonly (readonly [string, keyof Price])[] = [
  ['Worker requests', 'workerRequests'],
  ['Worker CPU', 'cpu'],
  ['object requests', 'objectRequests'],
  ['object duration', 'duration'],
  ['rows', 'rows'],
  ['logs, by the GB', 'logs'],
  ['together', 'total'],
];

const BILLED: readonly (readonly [string, keyof Bill])[] = [
  ['Workers Paid', 'subscription'],
  ...PRICED,
  ['(logs by the event)', 'logsByEvent'],
];

/** What the workload uses in a day, what that costs in a month, and whether it is free. */
export function costTables(
  workload: Workload,
  counters: Counters,
): { readonly usage: Table; readonly bill: Table } {
  const columns = DESIGNS.map((design) => {
    const usage = (reading: Reading) => usageOf(workload, counters, design, reading);
    return { low: usage('low'), high: usage('high'), title: TITLES[design] };
  });
  const titles = columns.map(({ title }) => title);
  const machines = machinesFor(workload, counters);
  const bills = columns.map(({ low, high }) => ({
    low: billOf(low, 'low'),
    high: billOf(high, 'high'),
  }));
  return {
    usage: [
      ['used in a day', ...titles],
      ...USED.map(([label, name]) => [
        label,
        ...columns.map(({ low, high }) => range(low[name], high[name], count)),
      ]),
      ['fits the free plan', ...columns.map(({ low, high }) => freePlan(low, high))],
    ],
    bill: [
      ['$ a month', ...titles, `${machines.count} virtual machine${machines.count > 1 ? 's' : ''}`],
      ...BILLED.map(([label, name]) => [
        label,
        ...bills.map(({ low, high }) => range(low[name], high[name], dollars)),
        name === 'total' ? dollars(machines.price) : '',
      ]),
    ],
  };
}

/** What an hour of games costs once the included amounts are used up: with all that rooms can do, and without. */
export function gamesTable(
  { games, workload }: { readonly games: number; readonly workload: Workload },
  counters: Counters,
): Table {
  const joined = (reading: Reading) => usageOf(workload, counters, 'this server', reading);
  const full = (reading: Reading) => withRoomRequests(joined(reading), games, counters, reading);
  const columns = [joined, full].map((usage) => ({
    low: priceBeyond(usage('low')),
    high: priceBeyond(usage('high')),
  }));
  return [
    [`$ for ${games.toLocaleString('en-US')} games`, 'joins and signaling', 'with everything'],
    ...PRICED.map(([label, name]) => [
      label,
      ...columns.map(({ low, high }) => range(low[name], high[name], thousandths)),
    ]),
  ];
}

/** How often a guest may ask for its host, in seconds: as impatient clients do, and as patient ones. */
const POLL_EVERY_SECONDS = [4, 12];

/** What one room that is polled for somebody who is not there uses, with and without our rule. */
export function polledRoomTable(counters: Counters): Table {
  const cell = (everySeconds: number, rule: CallRule) => {
    const at = (reading: Reading) => polledRoomGbSeconds(everySeconds, rule, counters, reading);
    return range(at('low'), at('high'), count);
  };
  return [
    ['GB-s in an hour', 'if every call waited', 'this server'],
    ...POLL_EVERY_SECONDS.map((everySeconds) => [
      `a call every ${everySeconds} s`,
      cell(everySeconds, 'every call waits'),
      cell(everySeconds, 'the first call waits'),
    ]),
  ];
}

/** For a terminal: the first column to the left, numbers to the right. */
export function textTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdownTable([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function range(low: number, high: number, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  return from === to ? from : `${from} – ${to}`;
}

function freePlan(low: Usage, high: Usage): string {
  const most = (usage: Usage) => Math.max(...Object.values(freePlanShares(usage)));
  const [from, to] = [most(low), most(high)];
  const share = range(from * 100, to * 100, count);
  if (to <= 1) return `yes, ${share} %`;
  return from <= 1 ? `perhaps, ${share} %` : `no, ${share} %`;
}

/** Two digits that matter, or all of the whole ones. */
function count(value: number): string {
  return value.toLocaleString('en-US', {
    maximumFractionDigits: value >= 10 || value === 0 ? 0 : value >= 1 ? 1 : 3,
  });
}

function thousandths(value: number): string {
  return value.toFixed(3);
}

function dollars(value: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: value >= 1000 ? 0 : 2,
    maximumFractionDigits: value >= 1000 ? 0 : 2,
  });
}
