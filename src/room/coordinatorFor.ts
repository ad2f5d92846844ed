import type { Config } from '../config.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import type { RoomPolicy } from './Room.ts';

/**
 * The name of the coordinator that holds a peer's socket: its Durable Object's name. A pure
 * function, so that whoever knows where a peer is knows whom to ask.
 */
export function coordinatorFor(path: PeerPath): string {
  return path.name;
}

/** What may wait for one absent peer, and in one coordinator altogether: 8 MiB. */
const MAX_WAITING_MESSAGES = 100;
const MAX_WAITING_SIZE = 8 * 1024 * 1024;

/** The rules of the place that a coordinator was named after by `coordinatorFor`. */
export function policyFor(coordinator: string, config: Config): RoomPolicy {
  const everywhere = {
    aliveTimeout: config.aliveTimeout,
    messagesPerSecond: config.messagesPerSecond,
    maxMessageBytes: config.maxMessageBytes,
    waiting: {
      timeout: config.expireTimeout,
      messagesPerPeer: MAX_WAITING_MESSAGES,
      size: MAX_WAITING_SIZE,
    },
  };
  return parsePeerPath(coordinator)?.kind === 'room'
    ? {
        ...everywhere,
        capacity: config.maxPeersPerRoom,
        refusalWhenFull: 'room-full',
        leaveGrace: config.leaveGrace,
      }
    : {
        ...everywhere,
        capacity: config.realmCapacity,
        refusalWhenFull: 'realm-full',
        leaveGrace: 'off',
      };
}
