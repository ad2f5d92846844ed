import type { ConnectedPeer } from './Peer.ts';

/**
 * What the end of a peer's socket, or of its session, says of the page behind it:
 *
 * - `gone`: the page is gone, and with it its connections to other players.
 * - `left`: the page lives on and no longer wants this server. Its connections are its own business.
 * - `lost`: nobody knows. The network failed, and the connections may well be fine.
 */
export type EndingKind = 'gone' | 'left' | 'lost';

/** How a socket ended. No code where it is still open: its peer has given up the id. */
export interface Ending {
  readonly code?: number;
  readonly reason: string;
}

/** Ends the session of a peer from the server's side. */
export type EndSession<C> = (
  peer: ConnectedPeer<C>,
  kind: EndingKind,
  ending: Required<Ending>,
  now: number,
) => void;

const NORMAL = 1000;
const GOING_AWAY = 1001;
/** What a receiver is told where the close frame had no code, as that of `socket.close()` has none. */
const NO_STATUS = 1005;

/**
 * What a close code says (RFC 6455, section 7.4.1). A browser sends 1001 when a tab is closed or
 * reloaded, and no code for `socket.close()`, by which PeerJS carries out `disconnect()` and
 * `destroy()`. Everything else, above all 1006, is a socket that was cut off.
 */
export function meaningOf(code: number): EndingKind {
  if (code === GOING_AWAY) return 'gone';
  return code === NORMAL || code === NO_STATUS ? 'left' : 'lost';
}
