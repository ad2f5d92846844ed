import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import type { Settings } from '../settings.ts';
import { hash } from './hash.ts';
import type { RoomPolicy } from './RoomPolicy.ts';

/** Messages that may wait from one peer for another: two connections with fifty candidates each. */
const MAX_WAITING_MESSAGES = 128;
/** Bytes that may wait in one coordinator. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Waits that one peer of a room may begin in a minute: each keeps the room awake for seconds. */
const WAITS_PER_MINUTE = 5;

/**
 * The name of the coordinator (the Durable Object) that holds a peer's socket. It depends on the
 * place, the peer and the configuration alone, so no directory is needed. A room has one
 * coordinator, named as its path. A realm has one for each shard, with the number of the shard in
 * front: `3/my-app`.
 */
export function coordinatorFor(path: PeerPath, peerId: string, settings: Settings): string {
  if (!isSharded(path, settings)) return path.name;
  return shardName(path, hash(peerId) % settings.realmShards);
}

/** The coordinator that `/health` asks. It has no peers, because `coordinatorFor` never names it. */
export const HEALTH_COORDINATOR = 'health/';

/** The names of all coordinators of a place. */
export function coordinatorsOf(path: PeerPath, settings: Settings): string[] {
  if (!isSharded(path, settings)) return [path.name];
  return Array.from({ length: settings.realmShards }, (_, shard) => shardName(path, shard));
}

/**
 * The room or realm that a coordinator holds, or holds a part of.
 *
 * @throws for a name that no coordinator has.
 */
export function placeOf(coordinator: string): PeerPath {
  const path = parsePeerPath(coordinator.slice(coordinator.indexOf('/')));
  if (path === undefined) throw new Error(`no coordinator is named ${coordinator}`);
  return path;
}

/** The rules of a place. */
export function policyFor(path: PeerPath, settings: Settings): RoomPolicy {
  const everywhere = {
    aliveTimeout: settings.aliveTimeout,
    messagesPerSecond: settings.messagesPerSecond,
    maxMessageBytes: settings.maxMessageBytes,
    waiting: {
      timeout: settings.expireTimeout,
      messagesPerPair: MAX_WAITING_MESSAGES,
      bytes: MAX_WAITING_BYTES,
    },
  };
  return path.kind === 'room'
    ? {
        ...everywhere,
        capacity: settings.maxPeersPerRoom,
        refusalWhenFull: 'room-full',
        gracePeriod: settings.leaveGrace === 'off' ? 0 : settings.leaveGrace,
        tellsWhoLeft: settings.leaveGrace !== 'off',
        hasMembers: true,
        relaysPayloads: settings.relaysPayloads,
        givesAwayGhostSeats: settings.leaveGrace !== 'off',
        waitsPerMinute: WAITS_PER_MINUTE,
      }
    : {
        ...everywhere,
        capacity: settings.realmCapacity,
        refusalWhenFull: 'realm-full',
        gracePeriod: 0,
        tellsWhoLeft: false,
        hasMembers: false,
        relaysPayloads: false,
        givesAwayGhostSeats: false,
        waitsPerMinute: Number.POSITIVE_INFINITY,
      };
}

/** Whether a place is spread over several coordinators. */
export function isSharded(path: PeerPath, settings: Settings): boolean {
  return path.kind === 'realm' && settings.realmShards > 1;
}

function shardName(path: PeerPath, shard: number): string {
  return `${shard}${path.name}`;
}
