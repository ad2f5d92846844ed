/**
 * Bytes that arrive in parts, of any size and number. They take at most twice their own memory: a list of
 * the parts would take a hundred times as much where a client sends them one by one.
 */
export class GrowingBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  readonly #most: number;

  /** @param most bytes that are expected: up to there memory is taken in advance. */
  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory. */
  get size(): number {
    return this.#buffer.length;
  }

  /** Copies a part, so that the chunk that it came in is not kept. */
  add(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(length, Math.min(2 * this.#length, this.#most)),
      );
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    part.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** All that was added, valid until more is. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
