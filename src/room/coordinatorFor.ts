import type { Config } from '../config.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
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
 * place, the peer and the configuration alone, so that nobody needs a directory. A room has one
 * coordinator, named as its path. A realm has one for each shard, with the number of the shard in
 * front: `3/my-app`.
 */
export function coordinatorFor(path: PeerPath, peerId: string, config: Config): string {
  if (!isSharded(path, config)) return path.name;
  return shardName(path, hash(peerId) % config.realmShards);
}

/** The coordinator that `/health` asks. It has no peers, because `coordinatorFor` never names it. */
export const HEALTH_COORDINATOR = 'health/';

/** The names of all coordinators of a place. */
export function coordinatorsOf(path: PeerPath, config: Config): string[] {
  if (!isSharded(path, config)) return [path.name];
  return Array.from({ length: config.realmShards }, (_, shard) => shardName(path, shard));
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

/** The rules of a room or realm. */
export function policyFor(path: PeerPath, config: Config): RoomPolicy {
  const everywhere = {
    aliveTimeout: config.aliveTimeout,
    messagesPerSecond: config.messagesPerSecond,
    maxMessageBytes: config.maxMessageBytes,
    waiting: {
      timeout: config.expireTimeout,
      messagesPerPair: MAX_WAITING_MESSAGES,
      bytes: MAX_WAITING_BYTES,
    },
  };
  return path.kind === 'room'
    ? {
        ...everywhere,
        capacity: config.maxPeersPerRoom,
        refusalWhenFull: 'room-full',
        gracePeriod: config.leaveGrace === 'off' ? 0 : config.leaveGrace,
        tellsWhoLeft: config.leaveGrace !== 'off',
        givesAwayGhostSeats: config.leaveGrace !== 'off',
        waitsPerMinute: WAITS_PER_MINUTE,
      }
    : {
        ...everywhere,
        capacity: config.realmCapacity,
        refusalWhenFull: 'realm-full',
        gracePeriod: 0,
        tellsWhoLeft: false,
        givesAwayGhostSeats: false,
        waitsPerMinute: Number.POSITIVE_INFINITY,
      };
}

/** Whether a place has several coordinators. */
export function isSharded(path: PeerPath, config: Config): boolean {
  return path.kind === 'realm' && config.realmShards > 1;
}

function shardName(path: PeerPath, shard: number): string {
  return `${shard}${path.name}`;
}
