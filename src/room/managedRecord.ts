import type { JsonObject, RoomChange } from '../protocol/roomRequests.ts';
import type { NewRoom, RoomPlace, SeatApplicant } from './ManagedRooms.ts';

/**
 * What is kept of a managed room while nobody signals: plain data, in one row. Times are in
 * milliseconds since the epoch.
 */
export interface ManagedRecord extends RoomPlace {
  readonly size: number;
  readonly isPublic: boolean;
  readonly matchMode?: string | undefined;
  readonly locked: boolean;
  readonly started: boolean;
  readonly meta: JsonObject;
  readonly state: JsonObject;
  readonly password?: PasswordHash | undefined;
  /** Makes the hashes of addresses differ from those of other rooms. */
  readonly salt: string;
  /** The longest held first. */
  readonly seats: readonly Seat[];
  /** Ids, and hashes of tokens and addresses. */
  readonly bans: readonly string[];
  /** The host, who may not have connected yet. */
  readonly hostId?: string | undefined;
  /** The last term of a host. */
  readonly term: number;
  readonly createdAt: number;
  /** Since when nobody is connected. Undefined: somebody is. */
  readonly emptySince?: number | undefined;
}

/** A seat that was given by HTTP. Its holder may connect, and come back. */
export interface Seat {
  readonly id: string;
  /** Undefined where a signed token proves the id. */
  readonly tokenHash?: string | undefined;
  readonly name?: string | undefined;
  readonly data?: JsonObject | undefined;
  readonly addressHash?: string | undefined;
  /** Until when it is kept for a page that has not connected yet. Undefined: one has. */
  readonly awaitedUntil?: number | undefined;
  /** The host has removed its holder, whose token is void. */
  readonly isKicked?: true | undefined;
}

/** A password, as it is kept: PBKDF2 of it and the salt. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

/** How a room is made, with nothing in it that must not be kept. */
export interface RoomPlan extends Omit<NewRoom, 'password'> {
  readonly password: PasswordHash | undefined;
  readonly salt: string;
}

/** Who asks for a seat, with nothing in it that must not be kept. */
export interface SeatRequest extends Omit<SeatApplicant, 'password' | 'address'> {
  /** Of the password that was given, with the salt of the room's. */
  readonly passwordHash?: string | undefined;
  readonly addressHash?: string | undefined;
}

/** What the host changes, with nothing in it that must not be kept. */
export interface ManagedChange extends Omit<RoomChange, 'password'> {
  /** `null` takes it away. */
  readonly password?: PasswordHash | null | undefined;
}
