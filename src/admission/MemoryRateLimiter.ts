import { Since } from '../time/Since.ts';

/** How often something may happen: `limit` times in each `period`, in seconds. */
export interface Rate {
  readonly limit: number;
  readonly period: number;
}

/** So many keys are counted in one window at most: about 10 MB. */
const MAX_KEYS = 100_000;

/**
 * What the rate limiting binding of Workers does, for the self-hosted mode, which has none. It
 * counts in windows that begin at the same moment for all, so that forgetting is one step.
 */
export class MemoryRateLimiter {
  readonly #rate: Rate;
  readonly #counts = new Map<string, number>();
  #windowStart = new Since(Number.NEGATIVE_INFINITY);

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /**
   * Counts one more for this key.
   *
   * @param now milliseconds since 1970.
   * @returns whether it is within the limit.
   */
  limit(key: string, now: number): boolean {
    const isOver = this.#windowStart.elapsed(now) >= this.#rate.period * 1000;
    // Whoever has so many addresses needs no second one of any of them.
    if (isOver || this.#counts.size >= MAX_KEYS) {
      this.#counts.clear();
      this.#windowStart = new Since(now);
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#rate.limit;
  }
}
