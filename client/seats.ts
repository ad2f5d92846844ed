import type { PeerOptions } from 'peerjs';
import { RoomError } from './RoomError.ts';
import { addressOf, request } from './server.ts';
import type { Profile, Where } from './types.ts';

/** A seat in a room: all that it takes to come in. */
export interface Seat {
  readonly id: string;
  readonly options: PeerOptions & { readonly token: string };
  readonly code: string;
  /** Asks the server for what belongs to this room by HTTP. Undefined: nobody made the room. */
  readonly roomUrl: string | undefined;
  /** The address of the STUN and TURN servers to use. */
  readonly iceUrl: string;
  /** Where to tell how links ended. Undefined: nowhere. */
  readonly linksUrl: string | undefined;
  readonly profile: Profile;
  /** Links go from the host to each other player. */
  readonly isStar: boolean;
  /** Keeps the seat for a reload of this page. */
  keep(profile: Profile): void;
  /** No reload takes it again. */
  forget(): void;
  /** This page does not have it any more. */
  release(): void;
}

/** What the server answers to who asks for a seat. */
interface SeatAnswer {
  readonly id: string;
  readonly options: Seat['options'];
  readonly room: { readonly code: string };
}

/** What is kept of a seat in the tab's storage. */
interface Kept extends Profile {
  readonly id: string;
  readonly token: string;
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
  where: Where,
  code: string,
  { password, ...profile }: Profile & { password?: string },
  signal: AbortSignal,
): Promise<Seat> {
  const { url, roomsUrl } = places(where);
  // As the server reads it: without regard to case, spaces and dashes.
  const storage = storageOf(
    roomsUrl ?? String(url),
    roomsUrl ? code.toLowerCase().replace(/[\s-]/g, '') : code,
  );
  const before = await recall(storage);
  const me = { ...before, ...profile };
  if (roomsUrl === undefined) {
    const { id = ID_PREFIX + random(6) } = before;
    const token = where.token ?? before.token ?? random(16);
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
    return seated(storage, { id, options, room: { code } }, where, me);
  }
  const answer = await request<SeatAnswer>(
    `${roomsUrl}/${encodeURIComponent(code)}/seats`,
    signal,
    { ...said(me), password, token: before.token },
    'POST',
    where.token,
  );
  return seated(storage, answer, where, me);
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
  const roomsUrl = roomsOf(where);
  const answer = await request<SeatAnswer>(
    roomsUrl.replace(/rooms$/, what),
    signal,
    { ...settings, ...said(settings) },
    'POST',
    where.token,
  );
  return seated(storageOf(roomsUrl, answer.room.code), answer, where, settings);
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

function storageOf(place: string, code: string): string {
  return `seat ${place} ${code}`;
}

async function seated(
  storage: string,
  { id, options, room: { code } }: SeatAnswer,
  where: Where,
  profile: Profile,
): Promise<Seat> {
  const release = await hold(id);
  const { roomsUrl } = places(where);
  const { host, port, path, key, secure } = options;
  const query = where.token ? `?token=${encodeURIComponent(where.token)}` : '';
  const at = (what: string) =>
    `http${secure ? 's' : ''}://${host}:${port}${path}/${key}/${what}${query}`;
  const seat: Seat = {
    id,
    options,
    code,
    profile,
    isStar: !!where.star,
    roomUrl: roomsUrl && `${roomsUrl}/${encodeURIComponent(code)}`,
    iceUrl: at('ice'),
    linksUrl: where.report === false ? undefined : at('links'),
    keep: ({ name, data }) =>
      write(storage, JSON.stringify({ id, token: options.token, name, data })),
    // Another room of this page may have a seat there by now.
    forget: () => read(storage).id === id && write(storage, ''),
    release: () => release?.(),
  };
  seat.keep(profile);
  return seat;
}

/** The seat of before a reload, unless another tab has it: this one is then a copy of that. */
async function recall(storage: string): Promise<Partial<Kept>> {
  const kept = read(storage);
  if (kept.id === undefined) return {};
  const release = await hold(kept.id);
  release?.();
  return release ? kept : {};
}

function read(storage: string): Partial<Kept> {
  try {
    return JSON.parse(sessionStorage.getItem(storage) || '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}

/** A page of a strict browser may store nothing. */
function write(storage: string, value: string): void {
  try {
    sessionStorage.setItem(storage, value);
  } catch {}
}

/**
 * Takes the lock of a seat, which the browser frees when the page is gone. The page before a reload
 * may take a moment to go.
 *
 * @returns a function that frees it. Undefined if another page has it.
 */
function hold(id: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    // Pages of an insecure address have no locks. There the server says who has the seat.
    if (!navigator.locks) return resolve(() => {});
    const held = () => new Promise<void>((release) => resolve(release));
    const options = { signal: AbortSignal.timeout(300) };
    navigator.locks.request(`seat ${id}`, options, held).catch(() => resolve(undefined));
  });
}

/** So many random bytes, in hexadecimal. */
function random(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
