import type { JsonObject } from '../protocol/roomRequests.ts';

/** A seat that was given by HTTP. Plain data. */
export interface Seat {
  readonly id: string;
  /** SHA-256 of the token, in hexadecimal. */
  readonly tokenHash: string;
  readonly name?: string | undefined;
  readonly data?: JsonObject | undefined;
  /** Until when it is kept for a player that is not connected, in milliseconds since the epoch. */
  readonly reservedUntil: number;
  /** SHA-256 of the room's salt and the player's address, for a ban. */
  readonly addressHash?: string | undefined;
}

/** A password, as it is kept. */
export interface PasswordHash {
  readonly salt: string;
  /** PBKDF2 of the password and the salt, in hexadecimal. */
  readonly hash: string;
}

/** What is kept of a managed room while nobody signals: plain data, in one row. */
export interface ManagedRecord {
  readonly game: string;
  readonly code: string;
  readonly size: number;
  /** Strangers find it in the list of the game. */
  readonly isPublic: boolean;
  /** Players are matched into it: with this mode, which may be empty. */
  readonly matchMode?: string | undefined;
  readonly locked: boolean;
  readonly started: boolean;
  readonly meta: JsonObject;
  readonly state: JsonObject;
  readonly password?: PasswordHash | undefined;
  /** Makes the hashes of addresses this room's own. */
  readonly salt: string;
  /** The longest held first. */
  readonly seats: readonly Seat[];
  /** Ids, and hashes of tokens and addresses. */
  readonly bans: readonly string[];
  /** The last term of its host. */
  readonly term: number;
  readonly createdAt: number;
}

/** Who asks for a seat. */
export interface SeatRequest {
  readonly id: string;
  readonly tokenHash: string;
  readonly name?: string | undefined;
  readonly data?: JsonObject | undefined;
  readonly addressHash?: string | undefined;
  /** SHA-256 of the token of a seat that the player held before. */
  readonly formerTokenHash?: string | undefined;
  /** The password was given, and is right. */
  readonly isPasswordRight: boolean;
  /** The token is signed for this very id. */
  readonly isOwner: boolean;
}
