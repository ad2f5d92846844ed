import type { ListRequest } from '../protocol/findRequests.ts';
import type { MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import type { Directory } from './Directory.ts';

/** Milliseconds that rooms have to answer, before the list is shown without them. */
const ANSWER_MS = 1000;

/** The directory of a game, with a clock and with rooms that it can ask. */
export class LiveDirectory {
  readonly #directory: Directory;
  readonly #ask: (code: string) => Promise<Listing | undefined>;
  readonly #onEmpty: () => void;
  /** Rooms that have been asked, and have neither answered nor said anything else since. */
  readonly #asked = new Set<string>();

  /**
   * @param ask a room what it is now. Undefined if there is none.
   * @param onEmpty is called when the game has no room any more.
   */
  constructor(
    directory: Directory,
    ask: (code: string) => Promise<Listing | undefined>,
    onEmpty: () => void,
  ) {
    this.#directory = directory;
    this.#ask = ask;
    this.#onEmpty = onEmpty;
  }

  /** A code for a new room. */
  newCode(): string {
    const now = Date.now();
    this.#askOverdue(now);
    return this.#directory.newCode(now);
  }

  /** A room says what it is now. */
  update(listing: Listing): void {
    this.#asked.delete(listing.code);
    this.#directory.update(listing, Date.now());
    this.#lookIfEmpty();
  }

  /** The public rooms with a free seat and somebody inside. */
  async list(query: ListRequest): Promise<Listing[]> {
    const asked = this.#directory.toAsk(query, Date.now());
    if (asked.length > 0) {
      let inTime = () => {};
      const late = new Promise((resolve) => {
        const timer = setTimeout(resolve, ANSWER_MS);
        inTime = () => clearTimeout(timer);
      });
      await Promise.race([Promise.all(asked.map((code) => this.#askAgain(code))), late]);
      inTime();
    }
    return this.#directory.list(query, Date.now());
  }

  /** The code of a room in which a player is promised a seat for a moment. */
  match(query: MatchQuery): string {
    const now = Date.now();
    this.#askOverdue(now);
    return this.#directory.match(query, now);
  }

  /** A game gets rid of rooms that ended without a word at least as fast as it gets new ones. */
  #askOverdue(now: number): void {
    const overdue = this.#directory.overdue(now);
    if (overdue !== undefined) void this.#askAgain(overdue);
  }

  /** Asks a room what it is now. One that cannot answer is asked again when somebody looks. */
  async #askAgain(code: string): Promise<void> {
    if (this.#asked.has(code)) return;
    this.#asked.add(code);
    try {
      const listing = await this.#ask(code);
      // Two calls may overtake each other: the answer may be older than what the room has said since.
      if (!this.#asked.has(code)) return;
      if (listing === undefined) this.#directory.ended(code);
      else this.#directory.update(listing, Date.now());
      this.#lookIfEmpty();
    } catch {
      // A room that hangs or fails is not shown until it answers.
    } finally {
      this.#asked.delete(code);
    }
  }

  #lookIfEmpty(): void {
    if (this.#directory.size === 0) this.#onEmpty();
  }
}
