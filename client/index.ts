/**
 * A game over PeerJS in a few lines: rooms with codes, who is here, one link for each pair, and what
 * becomes of them when something fails. docs/make-a-game.md is the guide.
 */
import { loadRoom } from './loadRoom.ts';
import type { Room as EnteredRoom } from './Room.ts';
import { RoomError } from './RoomError.ts';
import { identify, placeOf, roomsOf, type Seat, takeSeat, takeSeatIn } from './seats.ts';
import { failing, limit, request } from './server.ts';
import type { JsonObject, Profile, Where } from './types.ts';

export type { Action, Origin } from './Actions.ts';
export type { RoomChange } from './Room.ts';
export { RoomError, type RoomErrorType } from './RoomError.ts';
export type {
  Json,
  JsonObject,
  Player,
  Profile,
  RoomEvents,
  RoomPeer,
  RoomStatus,
  StatePatch,
  Via,
  Where,
} from './types.ts';

/**
 * A room that this page is in.
 *
 * @typeParam State what the host puts down for all, such as `{ round: number }`.
 */
export interface Room<State extends object = JsonObject> extends Readonly<EnteredRoom<State>> {}

/** How a room is made. */
export interface RoomSettings {
  /** Seats, 4 where it is left out. */
  size?: number | undefined;
  /** Strangers find it with `listRooms`. */
  public?: boolean | undefined;
  password?: string | undefined;
  /** What strangers may know of it, up to 1 KB. */
  meta?: object | undefined;
}

/** A room that strangers may come into. */
export interface ListedRoom {
  readonly code: string;
  readonly size: number;
  readonly taken: number;
  readonly password: boolean;
  readonly meta: JsonObject;
  readonly host: { readonly name: string };
  /** Seconds. */
  readonly age: number;
}

/**
 * Makes a room, and comes in as its host.
 *
 * @throws {RoomError} within 10 s.
 */
export function createRoom<State extends object = JsonObject>(
  where: Where,
  settings: RoomSettings & Profile = {},
): Promise<Room<State>> {
  return enter((signal) => takeSeatIn('rooms', where, settings, signal));
}

/**
 * Comes into a room, in the seat of before if this page was reloaded.
 *
 * @throws {RoomError} within 10 s.
 */
export function joinRoom<State extends object = JsonObject>(
  where: Where,
  code: string,
  profile: Profile & { password?: string | undefined } = {},
): Promise<Room<State>> {
  // `null` is what a page finds in an address without a code. Dots would lead to another address.
  if (/^\.*$/.test(code ?? '')) {
    return Promise.reject(new RoomError('no-such-room', 'Give the code of the room.'));
  }
  return enter((signal) => takeSeat(where, code, profile, signal));
}

/**
 * Comes into a room with strangers who ask for the same size and mode. It locks itself when it is full.
 *
 * @throws {RoomError} within 10 s.
 */
export function quickMatch<State extends object = JsonObject>(
  where: Where,
  settings: { size?: number | undefined; mode?: string | undefined } & Profile = {},
): Promise<Room<State>> {
  return enter((signal) => takeSeatIn('match', where, settings, signal));
}

/**
 * The public rooms of a game that have a free seat, the newest first.
 *
 * @param query such as `{ 'meta.mode': 'duel', limit: '20' }`.
 * @throws {RoomError} within 10 s.
 */
export async function listRooms(
  where: Where,
  query: Readonly<Record<string, string>> = {},
): Promise<ListedRoom[]> {
  const signal = limit();
  const place = await identify(placeOf(where), signal);
  const { signed: token } = place;
  const url = `${roomsOf(place)}?${new URLSearchParams(token ? { ...query, token } : query)}`;
  return (await request<{ rooms: ListedRoom[] }>(url, signal)).rooms;
}

/** Begins behind this module. A page that enters no room does not load it. */
const loading = /* @__PURE__ */ load();

/** Loads nothing where there is no page, such as on a server that renders it. */
function load(): ReturnType<typeof loadRoom> {
  const room = globalThis.document ? loadRoom() : Promise.reject();
  // `enter` reports the failure. A browser tries again only when the page is loaded again.
  room.catch(() => {});
  return room;
}

/** Takes a seat, and enters the room. */
async function enter<State extends object>(
  seating: (signal: AbortSignal) => Promise<Seat>,
): Promise<Room<State>> {
  if (!globalThis.RTCPeerConnection) {
    throw new RoomError('no-webrtc', 'This browser has no WebRTC, or an extension blocks it.');
  }
  const signal = limit();
  const seat = await seating(signal);
  const { Room } = await Promise.race([loading, failing(signal)]).catch(() => {
    seat.release();
    throw new RoomError('not-loaded', 'Part of this page is missing: reload it.');
  });
  return Room.enter<State>(seat, signal);
}
