/** The server's answer about STUN and TURN. */
export interface IceSetup {
  readonly iceServers: RTCIceServer[];
  /** `none`: the server names no ICE servers at all. */
  readonly source: 'server' | 'none';
  readonly hasTurn: boolean;
  /** TURN is set up, but the server cannot reach it now. */
  readonly isDegraded: boolean;
}

/** For a server that names none: a public STUN server, which tells a peer its public address. */
const STUN_ONLY: IceSetup = {
  iceServers: [{ urls: 'stun:stun.cloudflare.com:3478' }],
  source: 'none',
  hasTurn: false,
  isDegraded: false,
};

/** Asks the server which STUN and TURN servers its clients should use. */
export async function fetchIceSetup(room: string, key: string): Promise<IceSetup> {
  try {
    const response = await fetch(`room/${room}/${key}/ice`, { cache: 'no-store' });
    if (!response.ok) return STUN_ONLY;
    const { iceServers, degraded } = (await response.json()) as {
      iceServers: RTCIceServer[];
      degraded?: boolean;
    };
    if (!Array.isArray(iceServers) || iceServers.length === 0) return STUN_ONLY;
    return {
      iceServers,
      source: 'server',
      hasTurn: iceServers.some(isTurn),
      isDegraded: degraded === true,
    };
  } catch {
    // If the server cannot be reached, the step that needs it reports that.
    return STUN_ONLY;
  }
}

function isTurn({ urls }: RTCIceServer): boolean {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}
