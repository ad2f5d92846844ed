import type { HostChangeCause } from '../metrics/Counters.ts';
import type { JsonObject } from '../protocol/roomRequests.ts';

/**
 * What a peer is as a member of a room: it outlives the peer's socket, and hibernation. Plain data.
 * A realm has no members.
 */
export interface Member {
  /** The number of the member, in the order in which they came. */
  readonly seq: number;
  readonly name?: string | undefined;
  readonly ready?: boolean | undefined;
  readonly data?: JsonObject | undefined;
  /** The peer asked to be told of every change of the room. */
  readonly isWatching?: true | undefined;
  /** The term of the room's host, if it is this peer. */
  readonly hostTerm?: number | undefined;
}

/** Why a room has a host, or another one. */
export type HostChange = 'first' | HostChangeCause;
