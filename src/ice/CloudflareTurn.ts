import * as v from 'valibot';
import { Since } from '../time/Since.ts';
import type { IceServer, IceServersAnswer } from './iceServer.ts';

/** The client must get an answer within 2 s, whatever Cloudflare does. */
const TIMEOUT_MS = 1200;

/** The pause after a failure, while there are valid credentials. */
const PAUSE_MS = 10_000;

const ANSWER = v.object({
  iceServers: v.pipe(
    v.array(
      v.object({
        urls: v.union([v.string(), v.array(v.string())]),
        username: v.optional(v.string()),
        credential: v.optional(v.string()),
      }),
    ),
    v.minLength(1),
  ),
});

interface Issued {
  readonly iceServers: readonly IceServer[];
  readonly since: Since;
}

/** A TURN key of Cloudflare Realtime, and the lifetime of its credentials in seconds. */
interface TurnKey {
  readonly keyId: string;
  readonly apiToken: string;
  readonly ttl: number;
}

/**
 * Cloudflare Realtime TURN. Credentials are requested when a client needs them, and given to all
 * clients that ask in the first half of their lifetime, so that each client can use them for the
 * second half.
 * https://developers.cloudflare.com/realtime/turn/generate-credentials/
 */
export class CloudflareTurn {
  readonly #key: TurnKey;
  readonly #fetch: typeof fetch;
  readonly #onFailure: (error: unknown) => void;
  #issued: Issued | undefined;
  #failed = new Since(Number.NEGATIVE_INFINITY);

  /** @param onFailure is called for every failure, even while there are valid credentials. */
  constructor(key: TurnKey, fetchFunction: typeof fetch, onFailure: (error: unknown) => void) {
    this.#key = key;
    this.#onFailure = onFailure;
    // The platform's `fetch` throws if it is called as a method of this object.
    this.#fetch = (...request) => fetchFunction(...request);
  }

  /**
   * @param now milliseconds since the epoch.
   * @returns undefined if Cloudflare does not answer in time, or without servers, and the
   *   credentials from before have expired.
   */
  async servers(now: number): Promise<IceServersAnswer | undefined> {
    const remaining = this.#remaining(now);
    const isUsedUp = remaining <= this.#key.ttl / 2;
    if (isUsedUp && (remaining <= 0 || this.#failed.elapsed(now) >= PAUSE_MS)) {
      try {
        // Each request fetches for itself: on Workers none may wait for the I/O of another.
        this.#issued = await this.#issue(now);
      } catch (error) {
        this.#failed = new Since(now);
        this.#onFailure(error);
      }
    }
    const ttl = this.#remaining(now);
    if (this.#issued === undefined || ttl <= 0) return undefined;
    return { iceServers: this.#issued.iceServers, ttl };
  }

  /** Seconds until the credentials expire. */
  #remaining(now: number): number {
    if (this.#issued === undefined) return 0;
    return this.#key.ttl - Math.ceil(this.#issued.since.elapsed(now) / 1000);
  }

  /** @throws with a message that contains no secret. */
  async #issue(now: number): Promise<Issued> {
    const { keyId, apiToken, ttl } = this.#key;
    const response = await this.#fetch(
      `https://rtc.live.cloudflare.com/v1/turn/keys/${keyId}/credentials/generate-ice-servers`,
      {
        method: 'POST',
        headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ ttl }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    if (!response.ok) throw new Error(`Cloudflare answered ${response.status}`);
    const answer = v.safeParse(ANSWER, await response.json());
    // The error does not quote the answer, which may contain a credential.
    if (!answer.success) throw new Error('Cloudflare answered without ICE servers');
    return { iceServers: withoutPort53(answer.output.iceServers), since: new Since(now) };
  }
}

/**
 * Browsers block port 53, and a client that does not trickle candidates waits for it until a
 * timeout.
 */
function withoutPort53(servers: readonly IceServer[]): IceServer[] {
  return servers
    .map((server) => ({
      ...server,
      urls: [server.urls].flat().filter((url) => !/:53(\?|$)/.test(url)),
    }))
    .filter(({ urls }) => urls.length > 0);
}
