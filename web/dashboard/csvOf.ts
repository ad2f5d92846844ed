import type { Series, Values } from './History.ts';
import type { TimeRange } from './timeRange.ts';

/** The columns of the file, in order. */
const COLUMNS: Readonly<Record<Series, string>> = {
  rooms: 'rooms',
  peers: 'peers',
  messages: 'messages_per_second',
  joins: 'joins_per_minute',
  refusals: 'refusals_per_minute',
  wakes: 'wakes_per_minute',
  linked: 'share_connected',
};
const SERIES = Object.keys(COLUMNS) as Series[];

/** What charts show in a range of time, as CSV (RFC 4180). What is not known is empty. */
export function csvOf(
  times: readonly number[],
  values: Readonly<Record<Series, Values>>,
  { from, to }: TimeRange,
): string {
  const rows = [...times.entries()]
    .filter(([, time]) => time >= from && time <= to)
    .map(([index, time]) => [
      new Date(time * 1000).toISOString(),
      ...SERIES.map((series) => {
        const value = values[series][index] ?? '';
        return value === '' ? '' : String(Number(value.toFixed(3)));
      }),
    ]);
  const head = ['time', ...SERIES.map((series) => COLUMNS[series])];
  return [head, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('');
}
