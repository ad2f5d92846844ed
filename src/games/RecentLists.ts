/** Milliseconds for which a list is used again. Clients may keep it until then. */
const RECENT_MS = 2000;
/** The most lists that are kept: each filter makes one. */
const MAX_LISTS = 500;

interface RecentList<T> {
  readonly value: T;
  readonly at: number;
}

/**
 * The lists of the last two seconds, in the memory of this process, so that a game's directory is asked
 * once for all players near here who look at its list.
 */
export class RecentLists<T> {
  readonly #lists = new Map<string, RecentList<T>>();

  /** @returns the list and how old it is, in milliseconds. Undefined if there is none. */
  get(key: string, now: number): { readonly value: T; readonly age: number } | undefined {
    const list = this.#lists.get(key);
    if (list === undefined) return undefined;
    const age = now - list.at;
    return age >= 0 && age < RECENT_MS ? { value: list.value, age } : undefined;
  }

  /** Where there are too many lists, all older ones are forgotten: each lives for two seconds. */
  set(key: string, value: T, now: number): void {
    if (this.#lists.size >= MAX_LISTS) this.#lists.clear();
    this.#lists.set(key, { value, at: now });
  }
}
