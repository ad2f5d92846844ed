/**
 * A moment, and how long ago it is. That is never negative: when the clock is set back (by NTP, or in
 * a machine that was resumed), the moment is taken for now, and time is counted from there.
 */
export class Since {
  #at: number;

  /** @param at milliseconds since 1970. */
  constructor(at: number) {
    this.#at = at;
  }

  /** @returns milliseconds. */
  elapsed(now: number): number {
    if (now < this.#at) this.#at = now;
    return now - this.#at;
  }
}
