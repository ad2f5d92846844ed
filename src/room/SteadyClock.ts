/** How far apart two readings of the machine's clock that are compared may lie. */
const LEEWAY_MS = 1000;

/**
 * A clock that never runs backwards. The machine's clock may: NTP corrects it, and a virtual machine
 * that was paused resumes with another time. Without this clock, messages would be lost and a grace
 * period could last for hours.
 */
export class SteadyClock {
  /** How far the machine's clock was set back altogether, in milliseconds. */
  #lag = 0;
  /** The same, before the last time that it was set back. */
  #lagBefore = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** @param wall the time of the machine's clock, in milliseconds since the epoch. */
  read(wall: number): number {
    const now = wall + this.#lag;
    if (now >= this.#latest) this.#latest = now;
    else {
      this.#lagBefore = this.#lag;
      this.#lag = this.#latest - wall;
    }
    return this.#latest;
  }

  /** The time that was read last. */
  get latest(): number {
    return this.#latest;
  }

  /** Converts a time of this clock to one of the machine's clock. */
  toWall(time: number): number {
    return time - this.#lag;
  }

  /**
   * Converts a time of the machine's clock to one of this clock, at most the present. A time that
   * seems to lie in the future was read before the machine's clock was set back.
   */
  fromWall(wall: number): number {
    const isFromBefore = wall > this.toWall(this.#latest) + LEEWAY_MS;
    return Math.min(wall + (isFromBefore ? this.#lagBefore : this.#lag), this.#latest);
  }
}
