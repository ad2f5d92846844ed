import type { PeerPath } from '../protocol/peerPath.ts';
import { isCode } from '../protocol/roomCodeForm.ts';
import type { RoomPlace } from './ManagedRooms.ts';

const MANAGED = /^\/room\/([a-z0-9-]{1,40})\/([a-z]+)$/;

/** The path of a managed room. */
export function managedPath({ game, code }: RoomPlace): PeerPath {
  return { kind: 'room', name: `/room/${game}/${code}` };
}

/** The managed room that can be at a path. Undefined where none can. */
export function managedPlace({ name }: Pick<PeerPath, 'name'>): RoomPlace | undefined {
  const [, game, code] = MANAGED.exec(name) ?? [];
  return game !== undefined && code !== undefined && isCode(code) ? { game, code } : undefined;
}
