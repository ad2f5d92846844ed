import type { Summary } from '../../src/metrics/formats.ts';
import type { Point } from '../../src/metrics/LastHour.ts';

/** The values that are drawn over time. */
export type Series =
  | 'rooms'
  | 'peers'
  | 'messages'
  | 'joins'
  | 'refusals'
  | 'wakes'
  /** The share of the links that were made, of those tried in `LINK_SECONDS`. */
  | 'linked';

/** One value for each point in time; null if it is not known. */
export type Values = (number | null)[];

/** What is drawn is the last hour. */
const SPAN_SECONDS = 3600;
/** The server remembers a point a minute, but one just after a change where a quiet time begins. */
const REMEMBERED_SECONDS = 60;
/** Links are few: a share of those of a minute would be one of 0 % and 100 %. */
const LINK_SECONDS = 900;

/** The metrics of the last hour: what the server remembers, and what came since the page was opened. */
export class History {
  /** Seconds since the epoch. */
  readonly times: number[] = [];
  readonly values: Readonly<Record<Series, Values>> = {
    rooms: [],
    peers: [],
    messages: [],
    joins: [],
    refusals: [],
    wakes: [],
    linked: [],
  };
  #previous: Point | undefined;
  /** The points of the last `LINK_SECONDS`, and the one before them. */
  #linkPoints: Point[] = [];

  /**
   * Appends an answer of the server: the last point that it remembers, which is the present; of the first
   * answer all of them. Counters become rates, by the server's clock.
   *
   * @param now in milliseconds since the epoch, by the clock of this page, which may differ.
   */
  add({ history, messagesPerSecond }: Summary, now: number): void {
    const isFirst = this.times.length === 0;
    const leastSeconds = isFirst ? REMEMBERED_SECONDS : 0;
    const present = history.at(-1);
    if (present === undefined) return;
    for (const point of isFirst ? history.slice(0, -1) : []) {
      this.#add(point, now - (present.at - point.at), leastSeconds);
    }
    this.#add(present, now, leastSeconds, messagesPerSecond);
  }

  /** Leaves a gap: the server did not answer. @param now as above. */
  addGap(now: number): void {
    this.#previous = undefined;
    this.#append(now / 1000, {
      rooms: null,
      peers: null,
      messages: null,
      joins: null,
      refusals: null,
      wakes: null,
      linked: null,
    });
  }

  /** @param leastSeconds over which a rate is taken. */
  #add(point: Point, now: number, leastSeconds: number, messagesPerSecond?: number): void {
    const rate = (counter: Counter) => perMinute(point, this.#previous, counter, leastSeconds);
    const relayed = rate('relayed');
    this.#append(now / 1000, {
      rooms: point.rooms,
      peers: point.peers,
      messages: messagesPerSecond ?? (relayed === null ? null : relayed / 60),
      joins: rate('connections'),
      refusals: rate('refusals'),
      wakes: rate('wakes'),
      linked: this.#shareOfLinks(point),
    });
    this.#previous = point;
  }

  #shareOfLinks(point: Point): number | null {
    const tried = ({ linksTried = 0 }: Point) => linksTried;
    const made = ({ linksMade = 0 }: Point) => linksMade;
    const points = this.#linkPoints;
    const last = points.at(-1);
    const isFirst = last?.linksTried === undefined;
    // Counters go back when the server was restarted.
    if (isFirst || tried(point) < tried(last)) points.length = 0;
    points.push(point);
    const start = point.at - LINK_SECONDS * 1000;
    while ((points[1]?.at ?? point.at) <= start) points.shift();
    const [before = point] = points;
    const all = tried(point) - tried(before);
    return all === 0 ? null : (made(point) - made(before)) / all;
  }

  #append(time: number, point: Readonly<Record<Series, number | null>>): void {
    // A plot needs ascending times, and a clock may be set back.
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    this.times.push(time);
    for (const series of Object.keys(this.values) as Series[]) {
      this.values[series].push(point[series]);
    }
    while ((this.times[0] ?? time) < time - SPAN_SECONDS) {
      this.times.shift();
      for (const values of Object.values(this.values)) values.shift();
    }
  }
}

type Counter = 'connections' | 'relayed' | 'refusals' | 'wakes';

function perMinute(
  point: Point,
  previous: Point | undefined,
  counter: Counter,
  leastSeconds: number,
): number | null {
  if (previous === undefined) return null;
  const seconds = (point.at - previous.at) / 1000;
  const count = point[counter] - previous[counter];
  // Counters go back when the server was restarted.
  if (seconds <= 0 || count < 0) return null;
  return (count / Math.max(seconds, leastSeconds)) * 60;
}
