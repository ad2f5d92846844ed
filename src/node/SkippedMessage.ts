import { TAIL_LENGTH } from '../protocol/peekDst.ts';

/** A message that is not kept while it comes, but for its length and its end, which shows its `dst`. */
export class SkippedMessage {
  /** Of all that has come, in bytes. */
  length = 0;
  /** The last bytes that have come are its last: it moves them to its beginning when it is full. */
  readonly #kept = Buffer.alloc(2 * TAIL_LENGTH);
  #keptLength = 0;
  /** The frame that is being read: its mask, how much of it has come, and what is left. */
  readonly #mask = Buffer.alloc(4);
  #read = 0;
  #left = 0;
  #isFinal = false;

  /** The last bytes that have come. */
  get end(): ArrayBuffer {
    const from = Math.max(0, this.#keptLength - TAIL_LENGTH);
    return new Uint8Array(this.#kept.subarray(from, this.#keptLength)).buffer;
  }

  /** Whether a frame has not come as a whole. */
  get isInFrame(): boolean {
    return this.#left > 0;
  }

  get isOver(): boolean {
    return this.#left === 0 && this.#isFinal;
  }

  /** Takes a part of the message, without a mask. */
  add(part: Buffer): void {
    this.length += part.length;
    const last = part.subarray(-TAIL_LENGTH);
    if (this.#keptLength + last.length > this.#kept.length) {
      this.#kept.copyWithin(0, this.#keptLength - TAIL_LENGTH, this.#keptLength);
      this.#keptLength = TAIL_LENGTH;
    }
    this.#keptLength += last.copy(this.#kept, this.#keptLength);
  }

  /** A frame of the message begins. */
  begin(mask: Buffer, length: number, isFinal: boolean): void {
    mask.copy(this.#mask);
    this.#read = 0;
    this.#left = length;
    this.#isFinal = isFinal;
  }

  /**
   * Reads on in the frame, as far as this chunk has it.
   *
   * @returns where the frame, or the chunk, ends.
   */
  read(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.#left);
    const from = Math.max(0, part.length - TAIL_LENGTH);
    for (let index = from; index < part.length; index += 1) {
      part[index] = (part[index] ?? 0) ^ (this.#mask[(this.#read + index) & 3] ?? 0);
    }
    this.#read += part.length;
    this.#left -= part.length;
    this.add(part);
    return at + part.length;
  }
}
