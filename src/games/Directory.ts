import type { ListRequest } from '../protocol/findRequests.ts';
import type { JsonObject } from '../protocol/roomRequests.ts';
import type { MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { AWAITED_FOR_MS } from '../room/Management.ts';
import { makeCode, syllablesFor } from './roomCode.ts';

/** The storage of a Durable Object, as far as a directory needs it. */
interface DirectoryStore {
  put(key: string, value: DirectoryRow): unknown;
  delete(key: string): unknown;
}

/** What is stored of a room. */
export interface DirectoryRow {
  readonly code: string;
  /** When the room last said anything, in milliseconds since the epoch. */
  readonly heardAt: number;
  /** Undefined where strangers cannot get in. */
  readonly listing: Listing | undefined;
}

/** A room that strangers can get into. */
interface OpenRoom {
  readonly listing: Listing;
  /** Seats that players were sent to and that the room has not counted yet: until when each is promised. */
  promised: number[];
}

/** A room that has said nothing for this long is asked before it is shown. */
const ASK_AFTER_MS = 60_000;
/** A room that has said nothing for this long is not shown. */
const SHOWN_FOR_MS = 90_000;
/** How many rooms are asked at one time. On the free plan, one request may make 50 calls. */
const MAX_ASKED = 40;
/** A room that strangers cannot enter only says when it ends. The directory asks it when that is overdue. */
const OVERDUE_AFTER_MS = 6 * 3_600_000;
/** Twice as long as a room reserves a seat, since its clock may be ahead. */
const RESERVED_AT_MOST_MS = 2 * AWAITED_FOR_MS;
/** How long a player who was sent to a room has to take the seat. */
const PROMISE_MS = 5000;

/**
 * The rooms of one game. It knows the codes of all of them, so that codes are unique and long enough, and
 * the listings of the public and the matched ones.
 *
 * A room tells it about changes. A room without changes costs nothing: rooms that have been quiet for long
 * are asked only while somebody looks at the list.
 */
export class Directory {
  readonly #game: string;
  readonly #store: DirectoryStore | undefined;
  /** When each room was last heard of, the one that has been quiet longest first. */
  readonly #heardAt = new Map<string, number>();
  readonly #open = new Map<string, OpenRoom>();

  /**
   * @param store undefined where memory lasts as long as the rooms do.
   * @param rows all that is in the store.
   */
  constructor(game: string, store?: DirectoryStore, rows: Iterable<DirectoryRow> = []) {
    this.#game = game;
    this.#store = store;
    for (const { code, heardAt, listing } of [...rows].sort((a, b) => a.heardAt - b.heardAt)) {
      this.#heardAt.set(code, heardAt);
      if (listing !== undefined) this.#open.set(code, { listing, promised: [] });
    }
  }

  /** How many rooms the game has. */
  get size(): number {
    return this.#heardAt.size;
  }

  /** A code for a new room, which counts from now on. */
  newCode(now: number): string {
    const code = this.#freeCode();
    this.#write(code, undefined, now);
    return code;
  }

  /** A room says what it is now. */
  update(listing: Listing, now: number): void {
    const { code } = listing;
    if (listing.isOver) {
      this.ended(code);
    } else if (isOpen(listing)) {
      const before = this.#open.get(code);
      // The room counts the seats that have been taken since, so they are no longer promised.
      const arrived = seatsOf(listing) - (before === undefined ? 0 : seatsOf(before.listing));
      const promised = before?.promised.slice(Math.max(0, arrived)) ?? [];
      this.#open.set(code, { listing, promised });
      this.#write(code, listing, now);
    } else {
      this.#open.delete(code);
      this.#write(code, undefined, now);
    }
  }

  /** A room is over, or was not made. */
  ended(code: string): void {
    this.#open.delete(code);
    if (this.#heardAt.delete(code)) this.#store?.delete(code);
  }

  /** The public rooms with a free seat and somebody inside, the newest first. */
  list({ meta, limit }: ListRequest, now: number): Listing[] {
    return this.#wanted(meta, now)
      .filter(({ code }) => this.#quietFor(code, now) <= SHOWN_FOR_MS)
      .slice(0, limit);
  }

  /** The rooms to ask for their state before the list is shown: they may be gone. */
  toAsk({ meta, limit }: ListRequest, now: number): string[] {
    return this.#wanted(meta, now)
      .slice(0, limit)
      .map(({ code }) => code)
      .filter((code) => this.#quietFor(code, now) > ASK_AFTER_MS)
      .slice(0, MAX_ASKED);
  }

  /** A room whose end is overdue: it may have ended without saying so. Undefined if there is none. */
  overdue(now: number): string | undefined {
    const [first] = this.#heardAt.keys();
    return first !== undefined && this.#quietFor(first, now) > OVERDUE_AFTER_MS ? first : undefined;
  }

  /**
   * Promises a player a seat: in the fullest room of this size and mode that has one, and of these
   * the oldest, so that nobody waits beside a free seat while others get in elsewhere. If there is
   * no such room, in a new one, which the first player has to make.
   *
   * @returns the code of the room.
   */
  match({ size, mode, except }: MatchQuery, now: number): string {
    const best = this.#bestFor(size, mode, except, now);
    const code = best?.listing.code ?? this.#newMatch(size, mode, now);
    this.#open.get(code)?.promised.push(now + PROMISE_MS);
    return code;
  }

  #bestFor(
    size: number,
    mode: string,
    except: readonly string[],
    now: number,
  ): OpenRoom | undefined {
    let best: OpenRoom | undefined;
    let most = 0;
    for (const room of this.#open.values()) {
      const { listing } = room;
      if (listing.matchMode !== mode || listing.size !== size || listing.hasPassword) continue;
      if (except.includes(listing.code)) continue;
      const taken = this.#takenOf(room, now);
      // A room with nobody in it, and nobody on the way to it, may be about to end.
      if (taken === 0 || taken >= size || taken < most) continue;
      const isOlder = listing.createdAt < (best?.listing.createdAt ?? Number.POSITIVE_INFINITY);
      if (taken > most || isOlder) best = room;
      most = taken;
    }
    return best;
  }

  #newMatch(size: number, mode: string, now: number): string {
    const code = this.#freeCode();
    const listing: Listing = {
      game: this.#game,
      code,
      size,
      inUse: 0,
      reservedUntil: [],
      hasPassword: false,
      meta: {},
      hostName: '',
      createdAt: now,
      isPublic: false,
      matchMode: mode,
      locked: false,
      isOver: false,
    };
    this.update(listing, now);
    return code;
  }

  #takenOf(room: OpenRoom, now: number): number {
    // One that would last longer was made before the clock was set back.
    room.promised = room.promised.filter((until) => until >= now && until <= now + PROMISE_MS);
    return takenAt(room.listing, now) + room.promised.length;
  }

  #wanted(meta: ListRequest['meta'], now: number): Listing[] {
    return [...this.#open.values()]
      .map(({ listing }) => listing)
      .filter((listing) => isShown(listing, now) && matches(listing.meta, meta))
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  #freeCode(): string {
    for (;;) {
      const code = makeCode(syllablesFor(this.size + 1));
      if (!this.#heardAt.has(code)) return code;
    }
  }

  /** A time in the future was noted before the clock was set back: the room counts as never heard of. */
  #quietFor(code: string, now: number): number {
    const quiet = now - (this.#heardAt.get(code) ?? Number.NEGATIVE_INFINITY);
    return quiet < 0 ? Number.POSITIVE_INFINITY : quiet;
  }

  #write(code: string, listing: Listing | undefined, now: number): void {
    this.#heardAt.delete(code);
    this.#heardAt.set(code, now);
    this.#store?.put(code, { code, heardAt: now, listing });
  }
}

/** Whether strangers may get a seat, now or once one that is kept for somebody is free again. */
function isOpen({ size, inUse, isPublic, matchMode, locked }: Listing): boolean {
  return (isPublic || matchMode !== undefined) && !locked && inUse < size;
}

/** How many seats are taken at a time. A seat that is reserved for too long was reserved before the clock was set back. */
export function takenAt({ inUse, reservedUntil }: Listing, now: number): number {
  const latest = now + RESERVED_AT_MOST_MS;
  return inUse + reservedUntil.filter((until) => until > now && until <= latest).length;
}

function isShown(listing: Listing, now: number): boolean {
  const taken = takenAt(listing, now);
  return listing.isPublic && taken > 0 && taken < listing.size;
}

function seatsOf({ inUse, reservedUntil }: Listing): number {
  return inUse + reservedUntil.length;
}

function matches(meta: JsonObject, wanted: ListRequest['meta']): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const found = Object.hasOwn(meta, key) ? meta[key] : undefined;
    if (found === undefined) return false;
    return (typeof found === 'object' ? JSON.stringify(found) : String(found)) === value;
  });
}
