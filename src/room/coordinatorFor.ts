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

/** The rules of the place that a coordinator was named after by `coordinatorFor`. */
export function policyFor(coordinator: string, config: Config): RoomPolicy {
  const waiting = {
    timeout: config.expireTimeout,
    messagesPerPeer: 100,
    size: 8 * 1024 * 1024,
  };
  return parsePeerPath(coordinator)?.kind === 'room'
    ? {
        capacity: config.maxPeersPerRoom,
        refusalWhenFull: 'room-full',
        leaveGrace: config.leaveGrace,
        waiting,
      }
    : {
        capacity: config.realmCapacity,
        refusalWhenFull: 'realm-full',
        leaveGrace: 'off',
        waiting,
      };
}
