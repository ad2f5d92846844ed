import type { JsonObject } from '../protocol/roomRequests.ts';
import type { RoomPlace } from './ManagedRooms.ts';

/**
 * What strangers may know of a room that is public, or that they are matched into. A room hands it
 * to its runtime when it has changed. Plain data, and it does not change by itself: a seat that is
 * reserved is free again when its time is up, and the room does not say so.
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
  /** Strangers are matched into the room: those who ask for this mode, which may be empty. */
  readonly matchMode: string | undefined;
  /** Nobody new may come in. */
  readonly locked: boolean;
  /** The room has ended. */
  readonly isOver: boolean;
}
