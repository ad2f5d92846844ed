/** How a server was at a time: who was there, and what it had counted. */
export interface Point {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rooms: number;
  readonly peers: number;
  readonly connections: number;
  readonly relayed: number;
  readonly refusals: number;
  readonly wakes: number;
}

const HOUR_MS = 3_600_000;
/** The least milliseconds between two points that are not at the ends of a quiet time. */
export const POINT_MS = 60_000;

/** The points of the last hour, about one a minute. It runs no timer: it is told when something happens. */
export class LastHour {
  #points: readonly Point[];
  #changedAt: number;

  /** @param changedAt when the server last changed, in milliseconds since the epoch. */
  constructor(points: readonly Point[] = [], changedAt = Number.NEGATIVE_INFINITY) {
    this.#points = points;
    this.#changedAt = changedAt;
  }

  /**
   * Something changes now, so that until now all was as it is.
   *
   * @param present is asked how it is where a point is due.
   * @returns whether a point was added.
   */
  change(now: number, present: () => Omit<Point, 'at'>): boolean {
    const last = this.#points.at(-1);
    const isDue = last === undefined || Math.abs(now - last.at) >= POINT_MS;
    if (isDue) this.#points = this.#with(now, present());
    this.#changedAt = now;
    return isDue;
  }

  /** The points that were noted: what has to be stored. */
  get noted(): readonly Point[] {
    return this.#points;
  }

  /** All points until now. */
  points(now: number, present: Omit<Point, 'at'>): readonly Point[] {
    return this.#with(now, present);
  }

  /** Those of the last hour and now, and one at the beginning of a time in which nothing changed. */
  #with(now: number, present: Omit<Point, 'at'>): Point[] {
    const last = this.#points.at(-1);
    const isKnown = last !== undefined && this.#changedAt >= last.at;
    const wasQuiet = isKnown && now - this.#changedAt >= POINT_MS;
    // Just after the change, before which it was as the last point says.
    const quiet = wasQuiet ? [{ at: this.#changedAt + 1, ...present }] : [];
    // What is in the future was noted before the clock was set back.
    return [...this.#points, ...quiet, { at: now, ...present }].filter(
      ({ at }) => at <= now && at > now - HOUR_MS,
    );
  }
}
