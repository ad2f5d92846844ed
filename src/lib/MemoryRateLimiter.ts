/** How often something may happen: `limit` times in each `period`, in seconds. */
export interface Rate {
  readonly limit: number;
  readonly period: number;
}

/**
 * What the rate limiting binding of Workers does, for the self-hosted mode, which has none. It
 * counts in windows that begin at the same moment for all, so that forgetting is one step.
 */
export class MemoryRateLimiter {
  readonly #rate: Rate;
  readonly #counts = new Map<string, number>();
  #windowEnd = 0;

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
    if (now >= this.#windowEnd) {
      this.#counts.clear();
      this.#windowEnd = now + this.#rate.period * 1000;
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#rate.limit;
  }
}
