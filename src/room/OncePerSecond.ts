import { hash } from './hash.ts';

/** Pairs that are remembered in one second: memory must not grow with what clients send. */
const MAX_PAIRS = 10_000;

/** Lets something happen once a second for each pair of texts. */
export class OncePerSecond {
  #second = 0;
  /**
   * The hashes of the pairs, since a text may have 8,192 characters. Undefined until something happens:
   * most rooms never need it.
   */
  #pairs: Set<number> | undefined;
  /** Makes the hashes differ in each instance, so that nobody can find two texts with one hash. */
  #salt = '';

  /** Whether it may happen for this pair now. If so, it is counted. */
  take(one: string, other: string, now: number): boolean {
    const second = Math.floor(now / 1000);
    if (this.#pairs === undefined) {
      this.#pairs = new Set();
      this.#salt = crypto.randomUUID();
    }
    if (second !== this.#second) this.#pairs.clear();
    this.#second = second;
    const pair = hash(this.#salt + JSON.stringify([one, other]));
    if (this.#pairs.has(pair) || this.#pairs.size >= MAX_PAIRS) return false;
    this.#pairs.add(pair);
    return true;
  }
}
