import {
  type RoomErrorType,
  type RoomRefusal,
  roomRefusalSentence,
} from '../protocol/roomRefusals.ts';
import type { JsonObject, RoomChange } from '../protocol/roomRequests.ts';

/**
 * Rooms that somebody made by HTTP, and that have seats, a lock, a password and a state. Each is the
 * room `/room/{game}/{code}`, whose coordinator answers. A refusal changes nothing.
 */
export interface ManagedRooms {
  /** Makes a room and gives its first seat. It is refused with `code-in-use` where somebody is there. */
  create(place: RoomPlace, room: NewRoom, applicant: SeatApplicant): Promise<Outcome<SeatInRoom>>;
  /** Gives a seat, or the one that the applicant held before. */
  takeSeat(place: RoomPlace, applicant: SeatApplicant): Promise<Outcome<SeatInRoom>>;
  /** Gives a seat in a room that strangers are matched into. The first of them makes the room. */
  takeMatchedSeat(
    place: RoomPlace,
    room: NewRoom,
    applicant: SeatApplicant,
  ): Promise<Outcome<SeatInRoom>>;
  /** What a room is now. */
  describe(place: RoomPlace): Promise<Outcome<RoomView>>;
  /** Changes a room, as its host. */
  change(place: RoomPlace, by: SeatProof, change: RoomChange): Promise<Outcome<RoomView>>;
}

/** Which room. Both parts are as they are in its path. */
export interface RoomPlace {
  readonly game: string;
  readonly code: string;
}

/** The result of a request, or why it is refused. Plain data. */
export type Outcome<T> = { readonly value: T } | { readonly refusal: RoomError };

/** Why a request is refused: `type` for programs, `msg` for people. */
export interface RoomError {
  readonly type: RoomErrorType;
  readonly msg: string;
}

/** The error of a refusal. */
export function roomError(type: RoomRefusal): RoomError {
  return { type, msg: roomRefusalSentence(type) };
}

/** The outcome of a request that is refused. */
export function refused(type: RoomRefusal): { readonly refusal: RoomError } {
  return { refusal: roomError(type) };
}

/** How a room is made. */
export interface NewRoom {
  readonly size: number;
  /** Strangers find it in the list of the game. */
  readonly isPublic: boolean;
  /** The mode for which strangers are matched into it, which may be empty. Undefined: they are not. */
  readonly matchMode?: string | undefined;
  readonly password?: string | undefined;
  readonly meta: JsonObject;
}

/** Who asks for a seat. */
export interface SeatApplicant {
  /** Of a new seat. */
  readonly id: string;
  /** Of a new seat. Undefined where a signed token proves the id. */
  readonly tokenHash: string | undefined;
  /** Of the token of a seat that was held before. */
  readonly formerTokenHash?: string | undefined;
  readonly name?: string | undefined;
  readonly data?: JsonObject | undefined;
  readonly password?: string | undefined;
  /** Where the request came from, if that says anything: a ban holds for it too. */
  readonly address?: string | undefined;
}

/** Whose seat it is: by the hash of its token, or by an id that a signed token proves. */
export type SeatProof = { readonly tokenHash: string } | { readonly id: string };

/** A seat that was given. */
export interface GivenSeat {
  readonly id: string;
  /** The applicant held it before, and keeps the token that it had. */
  readonly rejoined: boolean;
}

/** A seat that was given, and the room as its holder finds it. */
export interface SeatInRoom extends GivenSeat {
  readonly room: RoomView;
}

/** What a room is. */
export interface RoomView extends RoomPlace {
  readonly size: number;
  /** How many seats belong to players who are connected, in their grace period or awaited. */
  readonly taken: number;
  readonly locked: boolean;
  /** The room has begun: it was matched, and full. */
  readonly started: boolean;
  readonly isPublic: boolean;
  readonly hasPassword: boolean;
  readonly meta: JsonObject;
  readonly state: JsonObject;
  /** The id of the host. */
  readonly host: string | null;
  readonly term: number;
  /** The players who have a seat now, connected or awaited. */
  readonly peers: readonly { readonly id: string; readonly name: string }[];
}
