/** The server's answer about STUN and TURN. */
export interface IceSetup {
  readonly iceServers: RTCIceServer[];
  /** TURN is set up, but the server has no credentials for it now. */
  readonly isDegraded: boolean;
  /** Why the server named none, in a sentence. */
  readonly trouble: string | undefined;
}

const PATIENCE_MS = 8000;

/** Used where the server names none: a public STUN server, which tells a peer its public address. */
const STUN_ONLY: RTCIceServer[] = [{ urls: 'stun:stun.cloudflare.com:3478' }];

/**
 * Asks the server which STUN and TURN servers its clients should use.
 *
 * @param token a signed token, where the server wants one.
 */
export async function fetchIceSetup(room: string, key: string, token?: string): Promise<IceSetup> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  const query = token === undefined ? '' : `?${new URLSearchParams({ token })}`;
  try {
    const response = await fetch(`room/${room}/${key}/ice${query}`, {
      cache: 'no-store',
      signal: late.signal,
    });
    if (!response.ok) return stunOnly(`The server answered with status ${response.status}`);
    const { iceServers, degraded } = (await response.json()) as {
      iceServers: RTCIceServer[];
      degraded?: boolean;
    };
    if (!Array.isArray(iceServers) || iceServers.length === 0) return stunOnly('There are none');
    return {
      iceServers,
      isDegraded: degraded === true,
      trouble: undefined,
    };
  } catch {
    return stunOnly(late.signal.aborted ? `No answer within ${PATIENCE_MS / 1000} s` : 'No answer');
  } finally {
    clearTimeout(timer);
  }
}

function stunOnly(trouble: string): IceSetup {
  return { iceServers: STUN_ONLY, isDegraded: false, trouble };
}
