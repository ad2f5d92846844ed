/** One entry of `settings.iceServers`, as browsers take it: https://www.w3.org/TR/webrtc/#rtciceserver-dictionary */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** What a client is told. It may be handed to `config` of `new Peer` as it is. */
export interface IceServersAnswer {
  readonly iceServers: readonly IceServer[];
  /** Seconds for which these servers may be used. */
  readonly ttl: number;
  /** There should be a relay among them, but it could not be had: ask again after `ttl`. */
  readonly degraded?: true;
}
