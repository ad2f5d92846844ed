/**
 * One entry of `iceServers`, as browsers take it:
 * https://www.w3.org/TR/webrtc/#rtciceserver-dictionary
 */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** The answer to a client, which may be passed to `config` of `new Peer` as it is. */
export interface IceServersAnswer {
  readonly iceServers: readonly IceServer[];
  /** Seconds for which these servers may be used. */
  readonly ttl: number;
  /** A relay should be among them but could not be reached: ask again after `ttl`. */
  readonly degraded?: true;
}
