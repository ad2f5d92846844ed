import { OFFERED_EXTENSIONS } from './generator/compression.ts';
import type { Agreed, Row } from './runCase.ts';
import { ALL_SYSTEMS } from './scenarios/Scenario.ts';
import { median } from './statistics.ts';
import type { SystemName } from './systems/System.ts';

const ABSENT = '–';

const NAMES: Readonly<Record<SystemName, string>> = {
  server: 'this server on workerd',
  bare: 'bare relay',
  node: 'this server on Node',
  official: 'peer 1.0.2',
};
const HEADINGS = [
  '',
  'unit',
  ...ALL_SYSTEMS.map((name) => NAMES[name]),
  'workerd ÷ bare',
  'workerd ÷ peer',
  'Node ÷ peer',
];

/** A sentence on which systems agreed to the extension that browsers offer. */
export function agreedSentence(all: readonly Agreed[]): string {
  const parts = ALL_SYSTEMS.flatMap((name) => {
    const found = new Set(all.flatMap((agreed) => agreed[name] ?? []));
    const texts = [...found].map((text) => (text === '' ? 'nothing' : `\`${text}\``));
    return texts.length === 0 ? [] : [`${NAMES[name]} to ${texts.join(' and ')}`];
  });
  const compresses = all.some((agreed) =>
    Object.values(agreed).some((texts) => texts.some(Boolean)),
  );
  const found = compresses ? `Agreed: ${parts.join(', ')}.` : 'No server agreed.';
  return `Offered, as by Chromium: \`${OFFERED_EXTENSIONS}\`. ${found}`;
}

/** The table for a terminal. */
export function textTable(rows: readonly Row[]): string {
  return groupsOf(rows)
    .map(({ title, lines }) => `${title}\n${columns([HEADINGS, ...lines])}`)
    .join('\n\n');
}

/**
 * What a document leaves out: the benchmark's own load, the relay whose share is in a ratio, a ratio
 * that has no budget, and our code by itself, whose figures stand with its budget.
 */
const LEFT_OUT = {
  measure: 'CPU of the load generator',
  columns: [NAMES.bare, 'workerd ÷ peer'],
  scenario: 'core',
};
/** The figures of measures that must not vary. A document shows those that do. */
const EXPECTED: Readonly<Record<string, number>> = {
  'lost, doubled or disordered': 0,
  'connections made': 100,
  'calls answered': 100,
};

/** The figures that readers of a document need, as a table. */
export function markdownTable(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const figures = (cells: readonly string[]) =>
    cells.slice(2).filter((_, index) => !LEFT_OUT.columns.includes(HEADINGS[index + 2] ?? ''));
  const headings = ['', '', ...figures(HEADINGS)];
  return [
    line(headings),
    `|${headings.map((_, index) => (index < 2 ? '---' : '--:')).join('|')}|`,
    ...groupsOf(rows.filter(isForReaders)).flatMap(({ title, lines }) =>
      lines.map((cells, index) => {
        const [measure = '', unit = ''] = cells;
        const what = unit === '' ? measure : `${measure}, ${unit}`;
        return line([index === 0 ? title : '', what, ...figures(cells)]);
      }),
    ),
  ].join('\n');
}

/** Where a server does all that it can, its share of a core says nothing. */
const AT_FULL_LOAD = ['join', 'relay'];

function isForReaders({ scenario, measure, rounds }: Row): boolean {
  if (measure === LEFT_OUT.measure || scenario === LEFT_OUT.scenario) return false;
  if (measure === 'CPU of the server') return !AT_FULL_LOAD.includes(scenario);
  return Object.values(rounds)
    .flat()
    .some((value) => value !== EXPECTED[measure]);
}

function groupsOf(rows: readonly Row[]): { title: string; lines: string[][] }[] {
  const groups = new Map<string, string[][]>();
  for (const row of rows) {
    const title = row.case === '' ? row.scenario : `${row.scenario}, ${row.case}`;
    const lines = groups.get(title) ?? [];
    groups.set(title, lines);
    lines.push([
      row.measure,
      row.unit,
      ...ALL_SYSTEMS.map((system) => format(summaryOf(row, system))),
      ratio(row, 'server', 'bare'),
      ratio(row, 'server', 'official'),
      ratio(row, 'node', 'official'),
    ]);
  }
  return [...groups].map(([title, lines]) => ({ title, lines }));
}

/** The median or the sum of what the rounds of a system found; undefined if they found nothing. */
function summaryOf(row: Row, system: SystemName): number | undefined {
  const values = (row.rounds[system] ?? []).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return undefined;
  return row.isSum ? values.reduce((sum, value) => sum + value, 0) : median(values);
}

/** With fewer ratios, a spread means little. */
const ENOUGH_FOR_SPREAD = 8;

/**
 * The median of the ratios of each round, as what changes between rounds changes both sides. Half of
 * the ratios are as near to it as the number behind ± says.
 */
function ratio(row: Row, system: SystemName, other: SystemName): string {
  const theirs = row.rounds[other] ?? [];
  const ratios = (row.rounds[system] ?? [])
    .map((value, round) => value / (theirs[round] ?? Number.NaN))
    .filter(Number.isFinite);
  if (ratios.length === 0) return ABSENT;
  const middle = median(ratios);
  if (ratios.length < ENOUGH_FOR_SPREAD) return middle.toFixed(2);
  const spread = median(ratios.map((value) => Math.abs(value - middle)));
  return `${middle.toFixed(2)}±${spread.toFixed(2)}`;
}

function format(value: number | undefined): string {
  if (value === undefined) return ABSENT;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number.isInteger(value)
    ? value.toLocaleString('en')
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function columns(lines: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  return lines
    .map((cells) =>
      cells
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
