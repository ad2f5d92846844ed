import type { PeerOptions } from 'peerjs';
import { forget, hold, keep, recall } from './keptSeats.ts';
import { RoomError } from './RoomError.ts';
import { addressOf, failing, limit, request, requestText } from './server.ts';
import type { Profile, Where } from './types.ts';

/** A seat in a room: everything that is needed to enter it. */
export interface Seat {
  readonly id: string;
  readonly options: PeerOptions & { token: string };
  readonly code: string;
  /** Asks the server for what belongs to this room by HTTP. Undefined: nobody made the room. */
  readonly roomUrl: string | undefined;
  /** The address of what the server has for players of this room, such as `ice`. */
  at(what: string): string;
  readonly profile: Profile;
  /** What the game said about where the room is. */
  readonly where: Where;
  /**
   * Before the token is used once more: asks for another one, if there is a function to ask.
   *
   * @throws {RoomError} if that gives none.
   */
  renew(): Promise<void>;
  /** Keeps the seat for a reload of this page. */
  keep(profile: Profile): void;
  /** No reload takes it again. */
  forget(): void;
  /** This page does not have it any more. */
  release(): void;
  /** Rejects when another page takes it over. */
  readonly ended: Promise<unknown> | undefined;
}

/** The server's answer to a request for a seat. */
interface SeatAnswer {
  readonly id: string;
  readonly options: Seat['options'];
  readonly room: { readonly code: string };
}

/** Where the rooms of a game are. */
interface Place extends Where {
  readonly key: string;
  /** The address of the server. */
  readonly url: URL;
  /** The address of the rooms that are made. Undefined where the game has no name. */
  readonly roomsUrl: string | undefined;
  /** The signed token of now. */
  signed?: string | undefined;
}

/** A game and a code as the server makes them (src/protocol/roomCodeForm.ts). */
const MADE_ROOM = /^[a-z\d-]+\/([bfjkmrst][aiou]){3,7}$/;

/** The beginning of the ids that the kit makes, so that it recognizes its own players at once. */
export const ID_PREFIX = 'kit-';

/** What a player says of itself in a room. */
export type Said = Profile & { ready?: boolean | undefined };

/**
 * What the server is told of a player. `kit` marks those that have the kit, where the server makes the
 * ids; 0 where the page is hidden.
 */
export function said({ name, ready, data }: Said): object {
  return { name: name || undefined, ready, data: { ...data, kit: document.hidden ? 0 : 1 } };
}

/**
 * What is said now on top of what was said before: what is undefined, which JSON leaves out, is as before.
 *
 * @throws {RoomError} if that cannot be sent.
 */
export function merged<What extends object>(before: What, now: object): What {
  return { ...before, ...JSON.parse(requestText(now)) };
}

/**
 * Takes a seat in a room, the one of before if this page was reloaded.
 *
 * @throws {RoomError} if there is none for this player.
 */
export async function takeSeat(
  where: Where,
  code: string,
  { password, ...profile }: Profile & { password?: string | undefined },
  signal: AbortSignal,
): Promise<Seat> {
  const place = await identify(placeOf(where), signal);
  const { url, roomsUrl, game, signed, key } = place;
  const room = roomOf(place, code);
  const before = await recall(storageKeyOf(place, code));
  const me = merged(before, profile);
  // The socket itself can ask for a seat. An address is no place for a password, and only the server can
  // read a code that is written in another way.
  if (roomsUrl && (password !== undefined || !MADE_ROOM.test(`${game}/${room}`))) {
    const answer = await request<SeatAnswer>(
      `${roomsUrl}/${encodeURIComponent(code)}/seats${queryOf(place)}`,
      signal,
      { ...said(me), password, token: before.token },
    );
    return seated(answer, place, me);
  }
  const id = subjectOf(place) || (before.id ?? ID_PREFIX + random(2));
  const secure = url.protocol === 'https:';
  const options = {
    host: url.hostname,
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
    path: `${url.pathname}room/${game ? `${game}/` : ''}${encodeURIComponent(room)}`,
    key,
    token: signed ?? before.token ?? random(4),
  };
  return seated({ id, options, room: { code: room } }, place, me);
}

/**
 * Has the server make or find a room, and takes a seat in it.
 *
 * @param what `rooms` makes one, `match` finds one.
 */
export async function takeSeatIn(
  what: 'rooms' | 'match',
  where: Where,
  settings: Profile,
  signal: AbortSignal,
): Promise<Seat> {
  const place = await identify(placeOf(where), signal);
  const url = roomsOf(place).replace(/rooms$/, what) + queryOf(place);
  const answer = await request<SeatAnswer>(url, signal, { ...settings, ...said(settings) });
  return seated(answer, place, settings);
}

/**
 * Asks for the signed token of now, if there is a function to ask.
 *
 * @returns the same place.
 * @throws {RoomError} if that gives none.
 */
export async function identify(place: Place, signal: AbortSignal): Promise<Place> {
  const { token } = place;
  try {
    const isAsked = typeof token === 'function';
    place.signed = isAsked ? await Promise.race([token(), failing(signal)]) : token;
  } catch (error) {
    throw new RoomError('no-token', `Your function gives no token: ${error}`);
  }
  return place;
}

/**
 * @param where may be left out in plain JavaScript, and is `{}` then.
 * @throws {RoomError} if there is no server there.
 */
export function placeOf(where?: Where | null): Place {
  where ??= {};
  const url = addressOf(where);
  const { game, key = 'peerjs' } = where;
  return { ...where, key, url, roomsUrl: game && `${url}${key}/games/${game}/rooms` };
}

/** @throws {RoomError} if the game has no name. */
export function roomsOf({ roomsUrl }: Place): string {
  if (roomsUrl) return roomsUrl;
  throw new RoomError('invalid-request', "Name the game: { game: 'pong' }.");
}

/** A room as the server names it. It reads a code without regard to case, spaces and dashes. */
function roomOf({ roomsUrl }: Place, code: string): string {
  return roomsUrl ? code.toLowerCase().replace(/[\s-]/g, '') : code;
}

/** The key under which a tab keeps its seat: the room, and the player whom a signed token names. */
function storageKeyOf(place: Place, code: string): string {
  const { url, roomsUrl } = place;
  return ['seat', roomsUrl ?? url, roomOf(place, code), subjectOf(place)].join(' ');
}

/**
 * The only id that a signed token is for (its `sub`). Whether the token is valid is for the server to
 * say. Undefined for any other token.
 */
function subjectOf({ signed = '' }: Place): string | undefined {
  try {
    const [, payload = ''] = signed.split('.');
    const { sub } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

async function seated(
  { id, options, room: { code } }: SeatAnswer,
  place: Place,
  profile: Profile,
): Promise<Seat> {
  const key = storageKeyOf(place, code);
  // The server, too, gives the id of a signed token to the newest page.
  const lock = await hold(key, id, id === subjectOf(place));
  const { url, roomsUrl } = place;
  const seat: Seat = {
    id,
    options,
    code,
    profile,
    where: place,
    roomUrl: roomsUrl && `${roomsUrl}/${encodeURIComponent(code)}`,
    at: (what) => `${url.origin}${options.path}/${options.key}/${what}${queryOf(place)}`,
    async renew() {
      // Where tokens are not signed, the server has given one of its own.
      const isSigned = options.token === place.signed;
      const { signed } = await identify(place, limit());
      if (isSigned && signed) options.token = signed;
    },
    keep: (profile) => keep(key, id, options.token, profile),
    forget: () => forget(key, id),
    release: () => lock?.release(),
    ended: lock?.ended,
  };
  seat.keep(profile);
  return seat;
}

/** A signed token in the query, where the server reads it too: a header would need a preflight. */
function queryOf({ signed }: Place): string {
  return signed ? `?token=${encodeURIComponent(signed)}` : '';
}

/** A random text, made of so many numbers of 32 bits. */
export function random(count: number): string {
  return [...crypto.getRandomValues(new Uint32Array(count))]
    .map((number) => number.toString(36))
    .join('');
}
