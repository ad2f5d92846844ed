import type { RefusalReason } from '../protocol/refusals.ts';
import type { WaitingLimits } from './WaitingMessages.ts';

/** The rules by which rooms and realms differ, and the limits. Times are in milliseconds. */
export interface RoomPolicy {
  /** Peers at most, counting those in their grace period. */
  readonly capacity: number;
  /** Why the peer that is one too many is refused. */
  readonly refusalWhenFull: RefusalReason;
  /** How long a peer whose socket was lost keeps its id and seat. 0: both are free at once. */
  readonly gracePeriod: number;
  /** Whether the others get LEAVE when the page of a peer is gone. */
  readonly tellsWhoLeft: boolean;
  /** Whether there are members, one of them the host, who may be told of the room: see Members.ts. */
  readonly hasMembers: boolean;
  /** Whether RELAY frames are passed on: see PayloadRelay.ts. */
  readonly relaysPayloads: boolean;
  /** Whether a newcomer to a full room or realm gets the seat of a ghost: see Liveness.ts. */
  readonly givesAwayGhostSeats: boolean;
  /** How long a peer may be silent, heartbeats included, before others may have its id and seat. */
  readonly aliveTimeout: number;
  readonly waiting: WaitingLimits;
  /** Waits for absent peers that one peer may begin in a minute. Beyond them it gets EXPIRE at once. */
  readonly waitsPerMinute: number;
  /** Frames a second from one peer. */
  readonly messagesPerSecond: number;
  /** Bytes of one frame. */
  readonly maxMessageBytes: number;
}
