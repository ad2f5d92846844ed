/** Pairs that are remembered in one second: memory must not grow with what clients send. */
const MAX_PAIRS = 10_000;

/** Lets something happen once a second for each pair of texts. */
export class OncePerSecond {
  #second = 0;
  /** Undefined until something happens: most rooms never need it. */
  #pairs: Set<string> | undefined;

  /** Whether it may happen for this pair now. If so, it is counted. */
  take(one: string, other: string, now: number): boolean {
    const second = Math.floor(now / 1000);
    this.#pairs ??= new Set();
    if (second !== this.#second) this.#pairs.clear();
    this.#second = second;
    const pair = JSON.stringify([one, other]);
    if (this.#pairs.has(pair) || this.#pairs.size >= MAX_PAIRS) return false;
    this.#pairs.add(pair);
    return true;
  }
}
