import type { JsonObject } from '../protocol/roomRequests.ts';
import type { RoomPlace } from './ManagedRooms.ts';

/**
 * What strangers may know of a room that is public or matched. The room hands it to its runtime when it
 * changes. Plain data. The room does not announce that the time of a reserved seat is up: the reader
 * compares `reservedUntil` with the clock.
 */
export interface Listing extends RoomPlace {
  readonly size: number;
  /** Seats of peers who are connected or in their grace period. */
  readonly inUse: number;
  /** Until when seats are kept for peers who are awaited, in milliseconds since the epoch. */
  readonly reservedUntil: readonly number[];
  readonly hasPassword: boolean;
  readonly meta: JsonObject;
  /** The name of the host, which may be empty. */
  readonly hostName: string;
  /** In milliseconds since the epoch. */
  readonly createdAt: number;
  readonly isPublic: boolean;
  /** The mode for which strangers are matched into the room, which may be empty. Undefined: they are not. */
  readonly matchMode: string | undefined;
  /** Nobody new may come in. */
  readonly locked: boolean;
  /** The room has ended. */
  readonly isOver: boolean;
}
