import * as v from 'valibot';
import type { IceServer, IceServersAnswer } from './iceServer.ts';

/** The answer has to reach the client within 2 s, whatever Cloudflare does. */
const PATIENCE_MS = 1200;

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
  readonly at: number;
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
  #issued: Issued | undefined;

  constructor(key: TurnKey, fetchFunction: typeof fetch) {
    this.#key = key;
    // Called as a method of ours, the platform's own would refuse its `this`.
    this.#fetch = (...request) => fetchFunction(...request);
  }

  /**
   * @param now milliseconds since 1970.
   * @throws if Cloudflare does not answer in time, or not with servers. The message holds no secret.
   */
  async servers(now: number): Promise<IceServersAnswer> {
    const { ttl } = this.#key;
    let issued = this.#issued;
    if (issued === undefined || now - issued.at >= (ttl * 1000) / 2) {
      // Each request asks for itself: on Workers one may not wait for the I/O of another.
      issued = this.#issued = await this.#issue(now);
    }
    return { iceServers: issued.iceServers, ttl: ttl - Math.ceil((now - issued.at) / 1000) };
  }

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
    return { iceServers: withoutPort53(answer.output.iceServers), at: now };
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
