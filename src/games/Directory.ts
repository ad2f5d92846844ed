import type { JsonObject } from '../protocol/roomRequests.ts';
import { makeCode, syllablesFor } from './roomCode.ts';

/** A room as strangers find it in the list of its game. Plain data. */
export interface Listing {
  readonly code: string;
  readonly size: number;
  /** Seats of players who are connected or in their grace period. */
  readonly inUse: number;
  /** Until when seats are kept for players who have not connected yet. */
  readonly reservedUntil: readonly number[];
  readonly hasPassword: boolean;
  readonly meta: JsonObject;
  readonly hostName: string;
  readonly createdAt: number;
  /** The room is in the public list. */
  readonly isPublic: boolean;
  /** Players are matched into the room: with this mode, which may be empty. */
  readonly matchMode?: string | undefined;
  /** Nobody new may come in. */
  readonly locked: boolean;
}

/** How many seats of a room are taken at a time. */
export function takenAt({ inUse, reservedUntil }: Listing, now: number): number {
  return inUse + reservedUntil.filter((until) => until > now).length;
}

/** Where a directory is kept: what the storage of a Durable Object offers. */
export interface DirectoryStore {
  put(key: string, value: unknown): unknown;
  delete(key: string): unknown;
}

interface Entry {
  readonly listing: Listing;
  /** When the room last said so. */
  seenAt: number;
  /** Seats that players were sent to and that the room has not counted yet: until when. */
  readonly promised: number[];
}

/** After so long without a word from a room it is asked whether it still is there. */
const SEEN_FOR_MS = 60_000;
/** How many are asked at one time: less than the 50 calls that one request of a free plan may make. */
const MAX_ASKED = 40;
/** A player who was sent to a room has so long to take a seat. */
const PROMISE_MS = 5000;
/** Rooms of one list, at most. */
export const MAX_LISTED = 100;

const LISTING = 'room:';
const COUNT = 'count';

/**
 * The rooms of one game: the public ones and those that players are matched into, and how many there
 * are in all, so that codes are long enough. A room says when something changes; the directory never
 * asks, except for rooms that have long been quiet, while somebody looks at the list.
 */
export class Directory {
  readonly #store: DirectoryStore;
  readonly #entries = new Map<string, Entry>();
  #rooms: number;

  /** @param stored all that is in the store. */
  constructor(store: DirectoryStore, stored: ReadonlyMap<string, unknown>) {
    this.#store = store;
    this.#rooms = (stored.get(COUNT) as number | undefined) ?? 0;
    for (const [key, value] of stored) {
      if (!key.startsWith(LISTING)) continue;
      const listing = value as Listing;
      this.#entries.set(listing.code, { listing, seenAt: 0, promised: [] });
    }
  }

  /** A code for a new room, which counts from now on. */
  newCode(): string {
    this.#count(1);
    return makeCode(syllablesFor(this.#rooms));
  }

  /** A room is over, or was never made. */
  ended(code: string): void {
    this.#count(-1);
    this.drop(code);
  }

  /** A room says what it is now. One that nobody can join is not listed. */
  update(listing: Listing, now: number): void {
    const { code } = listing;
    if (!isOpen(listing)) {
      this.drop(code);
      return;
    }
    const before = this.#entries.get(code);
    if (JSON.stringify(before?.listing) !== JSON.stringify(listing)) {
      this.#store.put(LISTING + code, listing);
    }
    // Whoever took a seat since is counted by the room, and promised no longer.
    const arrived = seatsOf(listing) - (before === undefined ? 0 : seatsOf(before.listing));
    const promised = (before?.promised ?? []).slice(Math.max(0, arrived));
    this.#entries.set(code, { listing, seenAt: now, promised });
  }

  /** A room is not joinable any more, or gone. */
  drop(code: string): void {
    if (this.#entries.delete(code)) this.#store.delete(LISTING + code);
  }

  /** The public rooms with a free seat, the newest first. */
  list(filter: Readonly<Record<string, string>>, limit: number, now: number): Listing[] {
    return [...this.#entries.values()]
      .map(({ listing }) => listing)
      .filter((it) => it.isPublic && takenAt(it, now) < it.size && matches(it.meta, filter))
      .sort((one, other) => other.createdAt - one.createdAt)
      .slice(0, Math.min(limit, MAX_LISTED));
  }

  /** The rooms that have been quiet for long, to be asked whether they still are there. */
  quiet(now: number): string[] {
    const quiet = [...this.#entries.values()].filter(({ seenAt }) => now - seenAt > SEEN_FOR_MS);
    for (const entry of quiet.slice(0, MAX_ASKED)) entry.seenAt = now;
    return quiet.slice(0, MAX_ASKED).map(({ listing }) => listing.code);
  }

  /**
   * The fullest room that a player can be matched into, and promises the player a seat there.
   *
   * @returns undefined if there is none.
   */
  match(size: number, mode: string, now: number): string | undefined {
    let best: Entry | undefined;
    let bestFree = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      const { listing, promised } = entry;
      if (listing.matchMode !== mode || listing.size !== size) continue;
      while ((promised[0] ?? now) < now) promised.shift();
      const free = size - takenAt(listing, now) - promised.length;
      if (free <= 0 || free >= bestFree) continue;
      best = entry;
      bestFree = free;
    }
    best?.promised.push(now + PROMISE_MS);
    return best?.listing.code;
  }

  #count(change: number): void {
    this.#rooms = Math.max(0, this.#rooms + change);
    this.#store.put(COUNT, this.#rooms);
  }
}

/** Whether a newcomer may ever get a seat, as the room is now: one that is reserved may get free. */
function isOpen({ size, inUse, isPublic, matchMode, locked }: Listing): boolean {
  return (isPublic || matchMode !== undefined) && !locked && inUse < size;
}

function seatsOf({ inUse, reservedUntil }: Listing): number {
  return inUse + reservedUntil.length;
}

function matches(meta: JsonObject, filter: Readonly<Record<string, string>>): boolean {
  return Object.entries(filter).every(([key, value]) => {
    const found = Object.hasOwn(meta, key) ? meta[key] : undefined;
    return (
      found !== undefined &&
      (typeof found === 'object' ? JSON.stringify(found) : String(found)) === value
    );
  });
}
