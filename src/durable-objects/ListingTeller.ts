import type { Logger } from '../log/Logger.ts';
import type { Listing } from '../room/Listing.ts';
import { directories } from './directories.ts';

/** Milliseconds before a call that failed is made again. */
const RETRY_AFTER_MS = 1000;
const MAX_TRIES = 3;

/**
 * Tells the directory of a game about changes of one of its rooms. It makes one call at a time, and the next
 * one has the latest state: a room that fills quickly makes fewer calls than it has changes.
 */
export class ListingTeller {
  readonly #env: Env;
  readonly #log: Logger;
  #latest: Listing | undefined;
  #isTelling = false;

  constructor(env: Env, log: Logger) {
    this.#env = env;
    this.#log = log;
  }

  /** Returns at once. What comes while a call is under way takes the place of what has not been told. */
  tell(listing: Listing): void {
    this.#latest = listing;
    if (!this.#isTelling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    for (let tries = 0; this.#latest !== undefined && tries < MAX_TRIES; ) {
      const listing = this.#latest;
      this.#latest = undefined;
      try {
        await directories(this.#env).update(listing);
        tries = 0;
      } catch (error) {
        tries += 1;
        this.#log.warn('listing.failed', { message: String(error) });
        this.#latest ??= listing;
        if (tries < MAX_TRIES) await scheduler.wait(RETRY_AFTER_MS);
      }
    }
    this.#latest = undefined;
    this.#isTelling = false;
  }
}
