import type { Summary } from '../../src/metrics/formats.ts';
import { total } from './metrics.ts';

/** The values that are drawn over time. */
export type Series = 'rooms' | 'peers' | 'joins' | 'messages' | 'refusals' | 'wakes';

/** One value for each point in time; null if it is not known. */
export type Values = (number | null)[];

const COUNTERS: Readonly<
  Record<'joins' | 'refusals' | 'wakes', (counters: Summary['counters']) => number>
> = {
  joins: ({ connections }) => connections,
  refusals: ({ refusals }) => total(refusals),
  wakes: ({ wakes }) => wakes,
};

/** The metrics since the page was opened, up to a number of points. */
export class History {
  /** Seconds since the epoch. */
  readonly times: number[] = [];
  readonly values: Readonly<Record<Series, Values>> = {
    rooms: [],
    peers: [],
    joins: [],
    messages: [],
    refusals: [],
    wakes: [],
  };
  readonly #limit: number;
  #previous: Summary | undefined;

  /** @param limit how many points are kept; the oldest are removed first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Appends an answer of the server. Counters become rates a minute, by the server's clock.
   *
   * @param now in milliseconds since the epoch, by the clock of this page, which may differ.
   */
  add(metrics: Summary, now: number): void {
    const { activeRooms, activePeers, messagesPerSecond } = metrics;
    const rate = (counter: keyof typeof COUNTERS) => this.#perMinute(metrics, COUNTERS[counter]);
    this.#append(now / 1000, {
      rooms: activeRooms,
      peers: activePeers,
      joins: rate('joins'),
      messages: messagesPerSecond,
      refusals: rate('refusals'),
      wakes: rate('wakes'),
    });
    this.#previous = metrics;
  }

  /** Leaves a gap: the server did not answer. @param now as above. */
  addGap(now: number): void {
    this.#previous = undefined;
    this.#append(now / 1000, {
      rooms: null,
      peers: null,
      joins: null,
      messages: null,
      refusals: null,
      wakes: null,
    });
  }

  #perMinute(metrics: Summary, read: (counters: Summary['counters']) => number): number | null {
    const previous = this.#previous;
    if (previous === undefined) return null;
    const seconds = (Date.parse(metrics.timestamp) - Date.parse(previous.timestamp)) / 1000;
    const count = read(metrics.counters) - read(previous.counters);
    // Counters go back when the server was restarted.
    if (seconds <= 0 || count < 0) return null;
    return (count / seconds) * 60;
  }

  #append(time: number, point: Readonly<Record<Series, number | null>>): void {
    // A plot needs ascending times, and a clock may be set back.
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    this.times.push(time);
    for (const series of Object.keys(this.values) as Series[]) {
      this.values[series].push(point[series]);
    }
    if (this.times.length <= this.#limit) return;
    this.times.shift();
    for (const values of Object.values(this.values)) values.shift();
  }
}
