/** The server's answer about STUN and TURN. */
export interface IceSetup {
  readonly iceServers: RTCIceServer[];
  readonly hasTurn: boolean;
  /** TURN is set up, but the server cannot reach it now. */
  readonly isDegraded: boolean;
  /** Why the server named none, in a sentence. */
  readonly trouble: string | undefined;
}

const PATIENCE_MS = 8000;

/** Where the server names none: a public STUN server, which tells a peer its public address. */
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
      hasTurn: iceServers.some(isTurn),
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
  return { iceServers: STUN_ONLY, hasTurn: false, isDegraded: false, trouble };
}

function isTurn({ urls }: RTCIceServer): boolean {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}
