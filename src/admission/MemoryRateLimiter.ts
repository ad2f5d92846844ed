import { Since } from '../time/Since.ts';

/** How often something may happen: `limit` times in each `period`, in seconds. */
interface Rate {
  readonly limit: number;
  readonly period: number;
}

/** The most keys counted in one window: about 10 MB. */
const MAX_KEYS = 100_000;

/**
 * The rate limiter of a self-hosted server, which has no rate limiting binding. All keys share one
 * window, so that the counts are cleared in one step.
 */
export class MemoryRateLimiter {
  readonly #rate: Rate;
  readonly #counts = new Map<string, number>();
  #windowStart = new Since(Number.NEGATIVE_INFINITY);

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /**
   * Counts one event for this key.
   *
   * @param now milliseconds since the epoch.
   * @returns whether it is within the limit.
   */
  limit(key: string, now: number): boolean {
    const isOver = this.#windowStart.elapsed(now) >= this.#rate.period * 1000;
    // A client with that many addresses does not need to use any of them twice.
    if (isOver || this.#counts.size >= MAX_KEYS) {
      this.#counts.clear();
      this.#windowStart = new Since(now);
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#rate.limit;
  }
}
