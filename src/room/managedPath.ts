import type { PeerPath } from '../protocol/peerPath.ts';
import { isCode } from '../protocol/roomCodeForm.ts';
import { isValidGame } from '../protocol/roomRequests.ts';
import type { RoomPlace } from './ManagedRooms.ts';

const TWO_PARTS = /^\/room\/([^/]+)\/([^/]+)$/;

/** The path of a managed room. */
export function managedPath({ game, code }: RoomPlace): PeerPath {
  return { kind: 'room', name: `/room/${game}/${code}` };
}

/** Whether a managed room can be at a path. */
export function mayBeManaged({ name }: PeerPath): boolean {
  const [, game = '', code = ''] = TWO_PARTS.exec(name) ?? [];
  return isValidGame(game) && isCode(code);
}
