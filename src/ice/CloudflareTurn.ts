import * as v from 'valibot';
import { Since } from '../time/Since.ts';
import type { IceServer, IceServersAnswer } from './iceServer.ts';

/** The answer has to reach the client within 2 s, whatever Cloudflare does. */
const PATIENCE_MS = 1200;

/** After a failure Cloudflare is left alone for so long, where there are credentials that are good. */
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

/** A TURN key of Cloudflare Realtime, and how long what is made with it shall last, in seconds. */
export interface TurnKey {
  readonly keyId: string;
  readonly apiToken: string;
  readonly ttl: number;
}

/**
 * Cloudflare Realtime TURN. Credentials are asked for when somebody needs them and used for all who
 * come in the first half of their life, so that whoever gets them can use them for the other half.
 * https://developers.cloudflare.com/realtime/turn/generate-credentials/
 */
export class CloudflareTurn {
  readonly #key: TurnKey;
  readonly #fetch: typeof fetch;
  readonly #onFailure: (error: unknown) => void;
  #issued: Issued | undefined;
  #failed = new Since(Number.NEGATIVE_INFINITY);

  /** @param onFailure is told of every failure, also where there are credentials from before. */
  constructor(key: TurnKey, fetchFunction: typeof fetch, onFailure: (error: unknown) => void) {
    this.#key = key;
    this.#onFailure = onFailure;
    // Called as a method of ours, the platform's own would refuse its `this`.
    this.#fetch = (...request) => fetchFunction(...request);
  }

  /**
   * @param now milliseconds since 1970.
   * @returns undefined if Cloudflare does not answer in time, or not with servers, and what it issued
   *   before is no longer good.
   */
  async servers(now: number): Promise<IceServersAnswer | undefined> {
    const remaining = this.#remaining(now);
    const isUsedUp = remaining <= this.#key.ttl / 2;
    if (isUsedUp && (remaining <= 0 || this.#failed.elapsed(now) >= PAUSE_MS)) {
      try {
        // Each request asks for itself: on Workers one may not wait for the I/O of another.
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

  /** Seconds for which what was issued is good. */
  #remaining(now: number): number {
    if (this.#issued === undefined) return 0;
    return this.#key.ttl - Math.ceil(this.#issued.since.elapsed(now) / 1000);
  }

  /** @throws with a message that holds no secret. */
  async #issue(now: number): Promise<Issued> {
    const { keyId, apiToken, ttl } = this.#key;
    const response = await this.#fetch(
      `https://rtc.live.cloudflare.com/v1/turn/keys/${keyId}/credentials/generate-ice-servers`,
      {
        method: 'POST',
        headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ ttl }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      },
    );
    if (!response.ok) throw new Error(`Cloudflare answered ${response.status}`);
    const answer = v.safeParse(ANSWER, await response.json());
    // What is wrong with it is not said, since it may hold a credential.
    if (!answer.success) throw new Error('Cloudflare answered without ICE servers');
    return { iceServers: withoutPort53(answer.output.iceServers), since: new Since(now) };
  }
}

/** Browsers block port 53, and a client that does not trickle candidates waits for it in vain. */
function withoutPort53(servers: readonly IceServer[]): IceServer[] {
  return servers
    .map((server) => ({
      ...server,
      urls: [server.urls].flat().filter((url) => !/:53(\?|$)/.test(url)),
    }))
    .filter(({ urls }) => urls.length > 0);
}
