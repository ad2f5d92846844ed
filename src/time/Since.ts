/**
 * A moment, and how long ago it was. That is never negative: if the clock is set back (by NTP, or
 * when a machine resumes), the moment becomes the present one, and time is counted from there.
 */
export class Since {
  #at: number;

  /** @param at milliseconds since the epoch. */
  constructor(at: number) {
    this.#at = at;
  }

  /** @returns milliseconds. */
  elapsed(now: number): number {
    if (now < this.#at) this.#at = now;
    return now - this.#at;
  }
}
