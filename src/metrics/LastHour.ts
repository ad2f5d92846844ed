/** The state of a server at a time: how many were there, and what it had counted. */
export interface Point {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rooms: number;
  readonly peers: number;
  readonly connections: number;
  readonly relayed: number;
  readonly refusals: number;
  readonly wakes: number;
  /** Links that players reported. A point that an older version stored does not know them. */
  readonly linksTried?: number;
  readonly linksMade?: number;
}

const HOUR_MS = 3_600_000;
/** Two points are at least this far apart, in milliseconds, unless they enclose a quiet time. */
export const POINT_MS = 60_000;

/** The points of the last hour, about one a minute. It runs no timer: `change` is called at each change. */
export class LastHour {
  #points: readonly Point[];
  #changedAt: number;

  /** @param changedAt when the server last changed, in milliseconds since the epoch. */
  constructor(points: readonly Point[] = [], changedAt = Number.NEGATIVE_INFINITY) {
    this.#points = points;
    this.#changedAt = changedAt;
  }

  /**
   * To be called before a change: up to now the state was the one that `present` gives.
   *
   * @param present gives that state. It is called only if a point is due.
   * @returns whether a point was added.
   */
  change(now: number, present: () => Omit<Point, 'at'>): boolean {
    const last = this.#points.at(-1);
    const isDue = last === undefined || Math.abs(now - last.at) >= POINT_MS;
    if (isDue) this.#points = this.#with(now, present());
    this.#changedAt = now;
    return isDue;
  }

  /** The points that have to be stored. */
  get noted(): readonly Point[] {
    return this.#points;
  }

  /** All points until now. */
  points(now: number, present: Omit<Point, 'at'>): readonly Point[] {
    return this.#with(now, present);
  }

  /** The points of the last hour and of now, and one at the start of a quiet time. */
  #with(now: number, present: Omit<Point, 'at'>): Point[] {
    const last = this.#points.at(-1);
    const isKnown = last !== undefined && this.#changedAt >= last.at;
    const wasQuiet = isKnown && now - this.#changedAt >= POINT_MS;
    // Just after the last change: until then the last point holds.
    const quiet = wasQuiet ? [{ at: this.#changedAt + 1, ...present }] : [];
    // What is in the future was noted before the clock was set back.
    return [...this.#points, ...quiet, { at: now, ...present }].filter(
      ({ at }) => at <= now && at > now - HOUR_MS,
    );
  }
}
