import { GOING_AWAY, NO_STATUS, NORMAL, SILENT } from '../protocol/closeCodes.ts';
import type { ConnectedPeer } from './Peer.ts';

/**
 * What the end of a peer's session says about its page:
 *
 * - `gone`: the page is gone, and so are its connections to other peers.
 * - `left`: the page lives on without this server, and keeps or closes its connections itself.
 * - `lost`: nobody knows. The network failed, and the connections may be fine.
 */
export type EndingKind = 'gone' | 'left' | 'lost';

/** How a session ended. Without a code if the socket is still open: the peer gave up its id. */
export interface Ending {
  readonly code?: number;
  readonly reason: string;
}

/** The peer had not been heard for too long. */
export const SILENCE: Required<Ending> = { code: SILENT, reason: 'silent' };

/** Ends the session of a peer from the server's side. */
export type EndSession<C> = (
  peer: ConnectedPeer<C>,
  kind: EndingKind,
  ending: Required<Ending>,
  now: number,
) => void;

/**
 * What a close code means (RFC 6455, section 7.4.1). A browser sends 1001 when a tab is closed or
 * reloaded, and no code for `socket.close()`, which PeerJS calls in `disconnect()` and `destroy()`.
 * Any other code, most often 1006, means that the connection failed.
 */
export function meaningOf(code: number): EndingKind {
  if (code === GOING_AWAY) return 'gone';
  return code === NORMAL || code === NO_STATUS ? 'left' : 'lost';
}
