import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { reasonOf } from '../log/reasonOf.ts';
import { Since } from '../time/Since.ts';

/** The age at which the keys are fetched again, in the background of a join. */
const FRESH_MS = 10 * 60_000;
/** How long the last keys, revoked ones included, are used while no newer ones can be fetched. */
const KEEP_MS = 24 * 60 * 60_000;
/** How long a fetch may take. */
const FETCH_TIMEOUT_MS = 2000;
/** The time after which a fetch counts as lost: its request may have been cancelled. */
const FETCH_LOST_MS = 5000;
/** The pause between two fetches for an unknown key: anybody can send a token that causes one. */
const UNKNOWN_KEY_PAUSE_MS = 10_000;
/** The pause after the first failure, and the longest one after many. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const POLL_MS = 20;

/** Lets work continue after its request was answered. */
export type WaitUntil = (work: Promise<void>) => void;

interface Fetched {
  readonly keys: LocalJWKSet;
  readonly since: Since;
}

const LONG_AGO = Number.NEGATIVE_INFINITY;

/**
 * The keys that an identity provider publishes at a URL (RFC 7517). A player with a token of a
 * known key never waits for the provider, so its failures affect few.
 *
 * All requests of an isolate share one instance. Workers do not allow a request to await the fetch
 * of another one, so each polls whether that fetch has ended:
 * https://developers.cloudflare.com/workers/observability/errors/#cannot-perform-io-on-behalf-of-a-different-request
 */
export class PublishedKeys {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  #fetched: Fetched | undefined;
  /** When the current fetch began. */
  #fetching: Since | undefined;
  #tried = new Since(LONG_AGO);
  #triedNewer = new Since(LONG_AGO);
  #failures = 0;
  #lastFailure: unknown;

  constructor(url: string, fetchFunction: typeof fetch) {
    this.#url = url;
    // The platform's `fetch` throws if it is called as a method of this object.
    this.#fetch = (...request) => fetchFunction(...request);
  }

  /**
   * Calls `use` with the keys, and again with newer ones if none of the first fits.
   *
   * @throws if none fits and no newer ones can be fetched, and whatever `use` throws.
   */
  async with<T>(use: (keys: LocalJWKSet) => Promise<T>, waitUntil: WaitUntil): Promise<T> {
    let { keys, age } = this.#last();
    if (keys === undefined) {
      await this.#refresh(waitUntil);
      ({ keys, age } = this.#last());
      if (keys === undefined) throw this.#lastFailure ?? new Error('the keys did not come in time');
    } else if (age >= FRESH_MS) {
      this.#begin(waitUntil);
    }
    try {
      return await use(keys);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetchNewer(waitUntil);
      const { keys: newer } = this.#last();
      // The provider may have a newer key, so the token may be valid.
      if (this.#failures > 0) throw this.#lastFailure;
      if (newer === undefined || newer === keys) throw error;
      return await use(newer);
    }
  }

  #last(): { keys: LocalJWKSet | undefined; age: number } {
    const age = this.#fetched?.since.elapsed(Date.now()) ?? Number.POSITIVE_INFINITY;
    return { keys: age < KEEP_MS ? this.#fetched?.keys : undefined, age };
  }

  /** Milliseconds from a failed fetch to the next one: 1, 2, 4, … seconds. */
  get #pause(): number {
    if (this.#failures === 0) return 0;
    return Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
  }

  async #fetchNewer(waitUntil: WaitUntil): Promise<void> {
    const now = Date.now();
    if (!this.#isFetching) {
      if (this.#triedNewer.elapsed(now) < UNKNOWN_KEY_PAUSE_MS) return;
      this.#triedNewer = new Since(now);
    }
    await this.#refresh(waitUntil);
  }

  /** Fetches the keys, or waits while another request fetches them, at most as long as a fetch may take. */
  async #refresh(waitUntil: WaitUntil): Promise<void> {
    const begun = this.#begin(waitUntil);
    if (begun !== undefined) return begun;
    for (let waited = 0; this.#isFetching && waited < FETCH_TIMEOUT_MS; waited += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Begins a fetch, unless one is running or has just failed. Never rejects. */
  #begin(waitUntil: WaitUntil): Promise<void> | undefined {
    const now = Date.now();
    if (this.#isFetching || this.#tried.elapsed(now) < this.#pause) return undefined;
    this.#fetching = this.#tried = new Since(now);
    const work = this.#load(this.#fetching);
    waitUntil(work);
    return work;
  }

  get #isFetching(): boolean {
    return (this.#fetching?.elapsed(Date.now()) ?? FETCH_LOST_MS) < FETCH_LOST_MS;
  }

  async #load(fetching: Since): Promise<void> {
    try {
      const response = await this.#fetch(this.#url, {
        headers: { Accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (response.status !== 200) throw new Error(`the key server answered ${response.status}`);
      const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      this.#fetched = { keys, since: new Since(Date.now()) };
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#lastFailure = new Error(
        `the keys of JWT_JWKS_URL cannot be fetched: ${reasonOf(error)}`,
        {
          cause: error,
        },
      );
    }
    if (this.#fetching === fetching) this.#fetching = undefined;
  }
}
