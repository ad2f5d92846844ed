import type { Summary } from '../../src/metrics/formats.ts';
import { total } from './metrics.ts';

/** What is drawn over time. */
export type Series = 'rooms' | 'peers' | 'joins' | 'messages' | 'refusals' | 'wakes';

/** One value for each point in time; null where it is not known. */
export type Values = (number | null)[];

const COUNTERS: Readonly<
  Record<'joins' | 'refusals' | 'wakes', (counters: Summary['counters']) => number>
> = {
  joins: ({ connections }) => connections,
  refusals: ({ refusals }) => total(refusals),
  wakes: ({ wakes }) => wakes,
};

/** The metrics as they were while the page was open, up to a number of points. */
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

  /** @param limit how many points are kept; the oldest go first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Appends what the server says. Counters become rates, by the minute, as its clock has it.
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
    // Counters that go back belong to a server that was restarted.
    if (seconds <= 0 || count < 0) return null;
    return (count / seconds) * 60;
  }

  #append(time: number, point: Readonly<Record<Series, number | null>>): void {
    // A plot needs times that go up, and a clock may be set back.
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
