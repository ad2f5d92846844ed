/**
 * Which coordinators of this process hold sockets, and how many. A Durable Object can be asked by
 * name alone and nobody lists their names, so each is noted when a peer comes in. It outlives
 * hibernation, since all coordinators of a workerd process run in one isolate.
 */
export class OpenSockets {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** The sockets of all coordinators together. */
  get total(): number {
    return this.#total;
  }

  /** The names of the coordinators that hold any. */
  get coordinators(): string[] {
    return [...this.#counts.keys()];
  }

  /** A coordinator has taken one more. */
  add(coordinator: string): void {
    this.#counts.set(coordinator, (this.#counts.get(coordinator) ?? 0) + 1);
    this.#total += 1;
  }

  /** A coordinator has lost one. */
  remove(coordinator: string): void {
    const count = this.#counts.get(coordinator);
    if (count === undefined) return;
    this.#total -= 1;
    if (count === 1) this.#counts.delete(coordinator);
    else this.#counts.set(coordinator, count - 1);
  }
}
