import type { PeerOptions } from 'peerjs';
import { forget, hold, keep, recall } from './keptSeats.ts';
import { RoomError } from './RoomError.ts';
import { addressOf, failing, limit, request } from './server.ts';
import type { Profile, Where } from './types.ts';

/** A seat in a room: all that it takes to come in. */
export interface Seat {
  readonly id: string;
  readonly options: PeerOptions & { token: string };
  readonly code: string;
  /** Asks the server for what belongs to this room by HTTP. Undefined: nobody made the room. */
  readonly roomUrl: string | undefined;
  /** The address of what the server has for players of this room, such as `ice`. */
  at(what: string): string;
  /** The server is told how links ended. */
  readonly isReported: boolean;
  readonly profile: Profile;
  /** Links go from the host to each other player. */
  readonly isStar: boolean;
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

/** What the server answers to who asks for a seat. */
interface SeatAnswer {
  readonly id: string;
  readonly options: Seat['options'];
  readonly room: { readonly code: string };
}

/** Where rooms are, and the signed token of now. */
interface Here extends Where {
  signed: string | undefined;
}

/** Of the ids that the kit makes itself, so that it knows its own at once. */
export const ID_PREFIX = 'kit-';

/**
 * What the server is told of a player. `kit` marks those that have the kit, where the server makes the
 * ids; 0 where the page is hidden.
 */
export function said({ name, ready, data }: Profile & { ready?: boolean }): object {
  return { name: name || undefined, ready, data: { ...data, kit: document.hidden ? 0 : 1 } };
}

/**
 * Takes a seat in a room, the one of before if this page was reloaded.
 *
 * @throws {RoomError} if there is none for this player.
 */
export async function takeSeat(
  there: Where,
  code: string,
  { password, ...profile }: Profile & { password?: string },
  signal: AbortSignal,
): Promise<Seat> {
  const where = await here(there, signal);
  const { url, roomsUrl } = places(where);
  const before = await recall(placeOf(where, code));
  const me = { ...before, ...profile };
  if (roomsUrl === undefined) {
    const id = subjectOf(where) || (before.id ?? ID_PREFIX + random(6));
    const token = where.signed ?? before.token ?? random(16);
    const { key = 'peerjs' } = where;
    const path = `${url.pathname}room/${encodeURIComponent(code)}`;
    const secure = url.protocol === 'https:';
    const options = {
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      secure,
      path,
      key,
      token,
    };
    return seated({ id, options, room: { code } }, where, me);
  }
  const answer = await request<SeatAnswer>(
    `${roomsUrl}/${encodeURIComponent(code)}/seats${queryOf(where)}`,
    signal,
    { ...said(me), password, token: before.token },
  );
  return seated(answer, where, me);
}

/**
 * Has the server make or find a room, and takes a seat in it.
 *
 * @param what `rooms` makes one, `match` finds one.
 */
export async function takeSeatIn(
  what: 'rooms' | 'match',
  there: Where,
  settings: Profile,
  signal: AbortSignal,
): Promise<Seat> {
  const where = await here(there, signal);
  const roomsUrl = roomsOf(where);
  const answer = await request<SeatAnswer>(
    roomsUrl.replace(/rooms$/, what) + queryOf(where),
    signal,
    { ...settings, ...said(settings) },
  );
  return seated(answer, where, settings);
}

/** @throws {RoomError} if there is a function for it, and that gives none. */
async function here(where: Where, signal: AbortSignal): Promise<Here> {
  const { token } = where;
  if (typeof token !== 'function') return { ...where, signed: token };
  try {
    return { ...where, signed: await Promise.race([token(), failing(signal)]) };
  } catch (error) {
    throw new RoomError('no-token', `Your function gives no token: ${error}`);
  }
}

/** The address of the server, and of the rooms of the game if it has a name. */
function places(where: Where): { url: URL; roomsUrl: string | undefined } {
  const url = addressOf(where);
  const { game, key = 'peerjs' } = where;
  return { url, roomsUrl: game && `${url}${key}/games/${game}/rooms` };
}

/** @throws {RoomError} if the game has no name. */
export function roomsOf(where: Where): string {
  const { roomsUrl } = places(where);
  if (roomsUrl) return roomsUrl;
  throw new RoomError('invalid-request', "Say which game it is: { game: 'pong' }.");
}

/** By what a tab keeps its seat: the room, and the player whom a signed token names. */
function placeOf(where: Here, code: string): string {
  const { url, roomsUrl } = places(where);
  // As the server reads it: without regard to case, spaces and dashes.
  const room = roomsUrl ? code.toLowerCase().replace(/[\s-]/g, '') : code;
  return ['seat', roomsUrl ?? url, room, subjectOf(where)].join(' ');
}

/**
 * The only id that a signed token is for (its `sub`). Whether the token is valid is for the server to
 * say. Undefined for any other token.
 */
function subjectOf({ signed = '' }: Here): string | undefined {
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
  where: Here,
  profile: Profile,
): Promise<Seat> {
  const place = placeOf(where, code);
  // The server, too, gives the id of a signed token to the newest page.
  const lock = await hold(place, id, id === subjectOf(where));
  const { url, roomsUrl } = places(where);
  const seat: Seat = {
    id,
    options,
    code,
    profile,
    isStar: !!where.star,
    roomUrl: roomsUrl && `${roomsUrl}/${encodeURIComponent(code)}`,
    at: (what) => `${url.origin}${options.path}/${options.key}/${what}${queryOf(where)}`,
    isReported: where.report !== false,
    async renew() {
      // Where tokens are not signed, the server has given one of its own.
      const isSigned = options.token === where.signed;
      const { signed } = await here(where, limit());
      where.signed = signed;
      if (isSigned && signed) options.token = signed;
    },
    keep: (profile) => keep(place, id, options.token, profile),
    forget: () => forget(place, id),
    release: () => lock?.release(),
    ended: lock?.ended,
  };
  seat.keep(profile);
  return seat;
}

/** A signed token as the server reads it: in a header, a browser would first ask whether it may be sent. */
function queryOf({ signed }: Here): string {
  return signed ? `?token=${encodeURIComponent(signed)}` : '';
}

/** So many random bytes, in hexadecimal. */
function random(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
