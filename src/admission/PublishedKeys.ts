import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { Since } from '../time/Since.ts';

/** After so long the keys are fetched again, behind the back of whoever joins then. */
const FRESH_MS = 10 * 60_000;
/** For so long the last keys serve while no others can be had. A key that was withdrawn too. */
const GOOD_MS = 24 * 60 * 60_000;
/** How long a fetch may take. */
const PATIENCE_MS = 2000;
/** When a fetch that was begun must have ended; its request may have been cancelled instead. */
const FETCH_LIMIT_MS = 5000;
/** A token may be of a new key. Anybody can make such tokens up, so newer keys are sought so often. */
const UNKNOWN_KEY_PAUSE_MS = 10_000;
/** From the first failure to the next fetch, and at most, when it fails again and again. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const POLL_MS = 20;

/** Lets work go on after its request was answered. */
export type WaitUntil = (work: Promise<void>) => void;

interface Fetched {
  readonly keys: LocalJWKSet;
  readonly since: Since;
}

const LONG_AGO = Number.NEGATIVE_INFINITY;

/**
 * The keys that an identity provider publishes at a URL (RFC 7517), such that its failures reach as
 * few players as can be: whoever has a token of a known key never waits for it.
 *
 * All requests of an isolate have one of these. None awaits the fetch of another, which Workers do
 * not allow, but looks again and again, on a timer of its own, whether that has ended:
 * https://developers.cloudflare.com/workers/observability/errors/#cannot-perform-io-on-behalf-of-a-different-request
 */
export class PublishedKeys {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  #fetched: Fetched | undefined;
  /** Since when a fetch is under way. */
  #fetching: Since | undefined;
  #tried = new Since(LONG_AGO);
  #soughtNewer = new Since(LONG_AGO);
  #failures = 0;
  #lastFailure: unknown;

  constructor(url: string, fetchFunction: typeof fetch) {
    this.#url = url;
    // Called as a method of ours, the platform's own would refuse its `this`.
    this.#fetch = (...request) => fetchFunction(...request);
  }

  /**
   * Does something with the keys, and again with newer ones where the first had none that fits.
   *
   * @throws if none fits and no newer ones can be had, and whatever `use` throws.
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
      await this.#seekNewer(waitUntil);
      const { keys: newer } = this.#last();
      // There may be newer ones: the token is not bad for all that is known.
      if (this.#failures > 0) throw this.#lastFailure;
      if (newer === undefined || newer === keys) throw error;
      return await use(newer);
    }
  }

  #last(): { keys: LocalJWKSet | undefined; age: number } {
    const age = this.#fetched?.since.elapsed(Date.now()) ?? Number.POSITIVE_INFINITY;
    return { keys: age < GOOD_MS ? this.#fetched?.keys : undefined, age };
  }

  /** Milliseconds from one fetch that failed to the next: 1, 2, 4, … seconds. */
  get #pause(): number {
    if (this.#failures === 0) return 0;
    return Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
  }

  async #seekNewer(waitUntil: WaitUntil): Promise<void> {
    const now = Date.now();
    if (!this.#isFetching) {
      if (this.#soughtNewer.elapsed(now) < UNKNOWN_KEY_PAUSE_MS) return;
      this.#soughtNewer = new Since(now);
    }
    await this.#refresh(waitUntil);
  }

  /** Fetches the keys, or waits while another request does, for as long as a fetch may take. */
  async #refresh(waitUntil: WaitUntil): Promise<void> {
    const begun = this.#begin(waitUntil);
    if (begun !== undefined) return begun;
    for (let waited = 0; this.#isFetching && waited < PATIENCE_MS; waited += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Begins a fetch, unless one is under way or has failed a short while ago. Never rejects. */
  #begin(waitUntil: WaitUntil): Promise<void> | undefined {
    const now = Date.now();
    if (this.#isFetching || this.#tried.elapsed(now) < this.#pause) return undefined;
    this.#fetching = this.#tried = new Since(now);
    const work = this.#load(this.#fetching);
    waitUntil(work);
    return work;
  }

  get #isFetching(): boolean {
    return (this.#fetching?.elapsed(Date.now()) ?? FETCH_LIMIT_MS) < FETCH_LIMIT_MS;
  }

  async #load(fetching: Since): Promise<void> {
    try {
      const response = await this.#fetch(this.#url, {
        headers: { Accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (response.status !== 200) throw new Error(`the key server answered ${response.status}`);
      const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      this.#fetched = { keys, since: new Since(Date.now()) };
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#lastFailure = error;
    }
    if (this.#fetching === fetching) this.#fetching = undefined;
  }
}
