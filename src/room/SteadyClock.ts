/** Two of the machine's times that are compared may have been read so long after one another. */
const LEEWAY_MS = 1000;

/**
 * A clock that never runs backwards. The machine's own may: NTP corrects it, and a virtual machine
 * that was paused resumes with another time. A time that has passed must not come again, or messages
 * would be lost and graces would last for hours.
 */
export class SteadyClock {
  /** What the machine's clock was set back by, altogether, in milliseconds. */
  #lag = 0;
  /** The same before it was last set back. */
  #lagBefore = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** @param wall the machine's time, in milliseconds since the epoch. */
  read(wall: number): number {
    const now = wall + this.#lag;
    if (now >= this.#latest) this.#latest = now;
    else {
      this.#lagBefore = this.#lag;
      this.#lag = this.#latest - wall;
    }
    return this.#latest;
  }

  /** The time of the machine's clock at a time of this one. */
  toWall(time: number): number {
    return time - this.#lag;
  }

  /**
   * The time of this clock at a time of the machine's, which is never later than now. One that seems
   * to be later was taken before the machine's clock was set back.
   */
  fromWall(wall: number): number {
    const isFromBefore = wall > this.toWall(this.#latest) + LEEWAY_MS;
    return Math.min(wall + (isFromBefore ? this.#lagBefore : this.#lag), this.#latest);
  }
}
