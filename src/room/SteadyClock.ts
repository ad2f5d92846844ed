/**
 * A clock that never runs backwards. The machine's own may: NTP corrects it, and a virtual machine
 * that was paused resumes with another time. A time that has passed must not come again, or messages
 * would be lost and graces would last for hours.
 */
export class SteadyClock {
  /** What the machine's clock was set back by, altogether, in milliseconds. */
  #lag = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** @param wall the machine's time, in milliseconds since the epoch. */
  read(wall: number): number {
    const now = wall + this.#lag;
    if (now >= this.#latest) this.#latest = now;
    else this.#lag = this.#latest - wall;
    return this.#latest;
  }

  /** The time of the machine's clock at a time of this one. */
  toWall(time: number): number {
    return time - this.#lag;
  }

  /** The time of this clock at a time of the machine's, which is never later than now. */
  fromWall(wall: number): number {
    return Math.min(wall + this.#lag, this.#latest);
  }
}
