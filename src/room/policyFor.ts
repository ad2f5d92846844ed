import type { PeerPath } from '../protocol/peerPath.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import type { Settings } from '../settings.ts';
import { mayBeManaged } from './managedPath.ts';
import type { RoomPolicy } from './RoomPolicy.ts';

/** Messages that may wait from one peer for another: two connections with fifty candidates each. */
const MAX_WAITING_MESSAGES = 128;
/** Bytes that may wait in one coordinator. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Waits that one peer of a room may begin in a minute: each keeps the room awake for seconds. */
const WAITS_PER_MINUTE = 5;

/** One policy for all rooms of a kind, and one for all realms: there may be many. */
type Policies = Readonly<Record<PeerPath['kind'] | 'roomOfCode', RoomPolicy>>;

/** The rules of a room or realm. */
export function policyFor(path: PeerPath, settings: Settings): RoomPolicy {
  return policies(settings)[mayBeManaged(path) ? 'roomOfCode' : path.kind];
}

const policies = onePerSettings((settings): Policies => {
  const room = {
    ...everywhere(settings),
    capacity: settings.maxPeersPerRoom,
    refusalWhenFull: 'room-full',
    gracePeriod: settings.leaveGrace === 'off' ? 0 : settings.leaveGrace,
    tellsWhoLeft: settings.leaveGrace !== 'off',
    hasMembers: true,
    relaysPayloads: settings.relaysPayloads,
    givesAwayGhostSeats: settings.leaveGrace !== 'off',
    waitsPerMinute: WAITS_PER_MINUTE,
  } as const;
  return {
    room,
    // This may have been a managed room whose record is gone: the server was restarted on one machine, or all
    // had lost their network for a minute. All its members come back, and nobody can tell them from others.
    roomOfCode: { ...room, capacity: Math.max(settings.maxPeersPerRoom, settings.maxRoomSize) },
    realm: {
      ...everywhere(settings),
      capacity: settings.realmCapacity,
      refusalWhenFull: 'realm-full',
      gracePeriod: 0,
      tellsWhoLeft: false,
      hasMembers: false,
      relaysPayloads: false,
      givesAwayGhostSeats: false,
      waitsPerMinute: Number.POSITIVE_INFINITY,
    },
  };
});

function everywhere(settings: Settings) {
  return {
    aliveTimeout: settings.aliveTimeout,
    messagesPerSecond: settings.messagesPerSecond,
    maxMessageBytes: settings.maxMessageBytes,
    waiting: {
      timeout: settings.expireTimeout,
      messagesPerPair: MAX_WAITING_MESSAGES,
      bytes: MAX_WAITING_BYTES,
    },
  };
}
