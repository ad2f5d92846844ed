import type { RoomPeer } from '../../client/index.ts';

/** The way to a player and how far it is, in a few letters: it labels an edge. */
export function wayTo(peer: Pick<RoomPeer, 'via' | 'ping' | 'reason'> | undefined): string {
  switch (peer?.via) {
    case 'direct':
    case 'turn': {
      const route = peer.via === 'turn' ? 'relay' : 'direct';
      const { ping } = peer;
      return ping === undefined ? route : `${route} ${ping < 1 ? '<1' : Math.round(ping)} ms`;
    }
    case 'server':
      return 'by the server';
    case 'lost':
      return peer.reason === 'no-path' ? 'no path' : 'no answer';
    case 'connecting':
    case 'none':
    case undefined:
      return 'connecting';
  }
}
