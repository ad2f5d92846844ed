import type { Counters } from '../../bench/counters.ts';
import {
  type Bill,
  billOf,
  type CallRule,
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

/** What is used, and its part of the bill. */
const LINES: readonly (readonly [string, keyof Usage, keyof Price])[] = [
  ['Worker requests', 'workerRequests', 'workerRequests'],
  ['Worker CPU, ms', 'cpuMs', 'cpu'],
  ['object requests', 'objectRequests', 'objectRequests'],
  ['object duration, GB-s', 'gbSeconds', 'duration'],
  ['rows read', 'rowsRead', 'rowsRead'],
  ['rows written', 'rowsWritten', 'rowsWritten'],
  ['lines in the log', 'logEvents', 'logs'],
];

const PRICED: readonly (readonly [string, keyof Price])[] = [
  ...LINES.map(([label, , name]) => [label, name] as const),
  ['together', 'total'],
];

/** What the workload uses in a day, and what that costs in a month, here and on virtual machines. */
export function costTable(workload: Workload, counters: Counters): Table {
  const usage = (reading: Reading) => usageOf(workload, counters, 'this server', reading);
  const [low, high] = [usage('low'), usage('high')];
  const bills = { low: billOf(low, 'low'), high: billOf(high, 'high') };
  const money = (name: keyof Bill) => range(bills.low[name], bills.high[name], dollars);
  const machines = machinesFor(workload, counters);
  return [
    ['', 'a day', '$ a month'],
    ['Workers Paid', '', money('subscription')],
    ...LINES.map(([label, used, priced]) => [
      label,
      range(low[used], high[used], count),
      money(priced),
    ]),
    ['together', `${freePlan(low, high)} of the free plan`, money('total')],
    [
      `on ${machines.count} virtual machine${machines.count > 1 ? 's' : ''}`,
      '',
      dollars(machines.price),
    ],
  ];
}

/** What workloads cost in a month: on this server, on others, and on virtual machines. */
export function overviewTable(
  workloads: readonly { readonly name: string; readonly workload: Workload }[],
  counters: Counters,
): Table {
  return [
    [
      '$ a month',
      'this server',
      'without metrics',
      'if heartbeats woke rooms',
      'an object for each peer',
      'virtual machines',
    ],
    ...workloads.map(({ name, workload }) => {
      const total = (design: Design, as: Workload = workload) => {
        const at = (reading: Reading) =>
          billOf(usageOf(as, counters, design, reading), reading).total;
        return range(at('low'), at('high'), twoDigits);
      };
      return [
        name,
        total('this server'),
        total('this server', { ...workload, hasMetrics: false }),
        total('waking heartbeats'),
        total('object per peer'),
        twoDigits(machinesFor(workload, counters).price),
      ];
    }),
  ];
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
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

function range(low: number, high: number, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  return from === to ? from : `${from}–${to}`;
}

function freePlan(low: Usage, high: Usage): string {
  const most = (usage: Usage) => Math.max(...Object.values(freePlanShares(usage)));
  return `${range(most(low) * 100, most(high) * 100, count)} %`;
}

/** Two digits that matter, or all of the whole ones. */
function count(value: number): string {
  return value.toLocaleString('en-US', {
    maximumFractionDigits: value >= 10 || value === 0 ? 0 : value >= 1 ? 1 : 3,
  });
}

function twoDigits(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 2 });
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
