import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import type { Settings } from '../settings.ts';
import { hash } from './hash.ts';

/**
 * The name of the coordinator (the Durable Object) that holds a peer's socket. It depends on the
 * path, the peer and the settings alone, so no directory is needed. A room has one coordinator, named
 * as its path. A realm has one for each shard, with the number of the shard in
 * front: `3/my-app`.
 */
export function coordinatorFor(path: PeerPath, peerId: string, settings: Settings): string {
  if (!isSharded(path, settings)) return path.name;
  return shardName(path, hash(peerId) % settings.realmShards);
}

/** The coordinator that `/health` asks. It has no peers, because `coordinatorFor` never names it. */
export const HEALTH_COORDINATOR = 'health/';

/** The names of all coordinators of a room or realm. */
export function coordinatorsOf(path: PeerPath, settings: Settings): string[] {
  if (!isSharded(path, settings)) return [path.name];
  return Array.from({ length: settings.realmShards }, (_, shard) => shardName(path, shard));
}

/**
 * The room or realm that a coordinator holds, or holds a part of.
 *
 * @throws for a name that no coordinator has.
 */
export function pathHeldBy(coordinator: string): PeerPath {
  const path = parsePeerPath(coordinator.slice(coordinator.indexOf('/')));
  if (path === undefined) throw new Error(`no coordinator is named ${coordinator}`);
  return path;
}

/** Whether a realm is spread over several coordinators. A room never is. */
export function isSharded(path: PeerPath, settings: Settings): boolean {
  return path.kind === 'realm' && settings.realmShards > 1;
}

function shardName(path: PeerPath, shard: number): string {
  return `${shard}${path.name}`;
}
