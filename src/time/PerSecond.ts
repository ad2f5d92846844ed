/** Allows something a number of times in each second of the clock. */
export class PerSecond {
  readonly #limit: number;
  #second = 0;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it may happen once more in this second. If so, it is counted. */
  take(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    if (this.#taken >= this.#limit) return false;
    this.#taken += 1;
    return true;
  }
}
