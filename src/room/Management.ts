import type { RoomRefusal } from '../protocol/roomRefusals.ts';
import { bytesOf, MAX_STATE_BYTES, type RoomChange } from '../protocol/roomRequests.ts';
import type { RoomFacts } from './Announcements.ts';
import type { Claim } from './claim.ts';
import type { ManagedRecord, PasswordHash, Seat, SeatRequest } from './managedRecord.ts';

/** A seat that nobody connects to is free again after so long. */
const RESERVED_FOR_MS = 30_000;
/** Seats of players who are gone and may come back, as after a reload. The oldest is forgotten. */
const MAX_ABANDONED = 64;
/** The oldest ban is forgotten. */
const MAX_BANS = 256;

/** A seat that was given. */
export interface GivenSeat {
  readonly seat: Seat;
  /** The player held it before. */
  readonly rejoined: boolean;
}

/** What the host may change of a managed room, with the password as it is kept. */
export type ManagedChange = Omit<RoomChange, 'host' | 'kick' | 'ban' | 'password'> & {
  /** `null` takes it away. */
  readonly password?: PasswordHash | null | undefined;
};

/**
 * A room that was made by HTTP: who has a seat in it, its lock, its password, its bans, and what its
 * host says of it. Whoever holds a seat may connect, and come back; nobody else may.
 */
export class Management {
  readonly #persist: (record: ManagedRecord) => void;
  /** Whether a seat is in use: by a peer that is connected or in its grace period. */
  readonly #isInUse: (id: string) => boolean;
  #record: ManagedRecord;

  constructor(
    record: ManagedRecord,
    isInUse: (id: string) => boolean,
    persist: (record: ManagedRecord) => void,
  ) {
    this.#record = record;
    this.#isInUse = isInUse;
    this.#persist = persist;
  }

  get record(): ManagedRecord {
    return this.#record;
  }

  get facts(): RoomFacts {
    const { size, locked, started, meta, state } = this.#record;
    return { size, locked, started, meta, state };
  }

  /** How many seats are taken: in use, or reserved for a player who is about to connect. */
  taken(now: number): number {
    return this.#record.seats.filter((seat) => this.#isTaken(seat, now)).length;
  }

  /** Why a peer may not connect, if it may not. */
  refusalFor(claim: Claim, now: number): 'seat-required' | 'room-full' | undefined {
    const seat = this.#seatOf(claim);
    if (seat === undefined) return 'seat-required';
    return this.#isTaken(seat, now) || this.taken(now) < this.#record.size
      ? undefined
      : 'room-full';
  }

  /** The seat of a peer. Undefined if it has none. */
  seatOf(claim: Claim): Seat | undefined {
    return this.#seatOf(claim);
  }

  /** Gives a seat, or says why there is none. */
  takeSeat(request: SeatRequest, now: number): GivenSeat | RoomRefusal {
    const held = this.#heldBefore(request);
    if (this.#isBanned(request, held)) return 'banned';
    const isFree = this.taken(now) < this.#record.size;
    if (held !== undefined) {
      if (!this.#isTaken(held, now) && !isFree) return 'room-full';
      return { seat: this.#reserve(renewed(held, request), now), rejoined: true };
    }
    if (this.#record.password !== undefined && !request.isPasswordRight) return 'wrong-password';
    if (this.#record.locked) return 'room-locked';
    if (!isFree) return 'room-full';
    const { id, tokenHash, name, data, addressHash } = request;
    const seat = this.#reserve({ id, tokenHash, name, data, addressHash, reservedUntil: 0 }, now);
    return { seat, rejoined: false };
  }

  /** Carries out what the host changes, or says why not. */
  change(change: ManagedChange): RoomRefusal | undefined {
    const before = this.#record;
    // Part of the state at a time: what is null goes.
    const state = merged(before.state, change.state ?? {});
    if (bytesOf(state) > MAX_STATE_BYTES) return 'state-too-large';
    this.#change({
      locked: change.locked ?? before.locked,
      isPublic: change.public ?? before.isPublic,
      meta: change.meta ?? before.meta,
      password: change.password === undefined ? before.password : (change.password ?? undefined),
      state,
    });
    return undefined;
  }

  /** Players are connected: a match that is complete begins, and nobody new comes in. */
  connected(players: number): void {
    const { matchMode, size, started } = this.#record;
    if (matchMode === undefined || started || players < size) return;
    this.#change({ locked: true, started: true });
  }

  /** A player has left its seat. It may come back, as after a reload, if the seat is still free. */
  abandon(id: string, now: number): void {
    const seat = this.#record.seats.find((each) => each.id === id);
    if (seat === undefined || seat.reservedUntil <= now) return;
    const seats = this.#record.seats.map((each) =>
      each === seat ? { ...seat, reservedUntil: 0 } : each,
    );
    this.#change({ seats });
  }

  /** The host has removed a player: its token is void. A ban also keeps its id and address out. */
  remove(id: string, isBan: boolean): void {
    const seat = this.#record.seats.find((each) => each.id === id);
    const seats = this.#record.seats.filter((each) => each.id !== id);
    const banned = isBan ? [id, seat?.tokenHash, seat?.addressHash] : [];
    const bans = [...this.#record.bans, ...banned.filter((each) => each !== undefined)];
    this.#change({ seats, bans: bans.slice(-MAX_BANS) });
  }

  /** The room has another host. */
  termIs(term: number): void {
    if (term > this.#record.term) this.#change({ term });
  }

  #change(change: Partial<ManagedRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#persist(this.#record);
  }

  #reserve(seat: Seat, now: number): Seat {
    const reserved = { ...seat, reservedUntil: now + RESERVED_FOR_MS };
    const others = this.#record.seats.filter(({ id }) => id !== seat.id);
    const abandoned = others.filter((other) => !this.#isTaken(other, now));
    const forgotten = new Set(abandoned.slice(0, Math.max(0, abandoned.length - MAX_ABANDONED)));
    const seats = [...others.filter((other) => !forgotten.has(other)), reserved];
    this.#change({ seats });
    return reserved;
  }

  #heldBefore({ id, formerTokenHash, isOwner }: SeatRequest): Seat | undefined {
    return this.#record.seats.find(
      (seat) => seat.tokenHash === formerTokenHash || (isOwner && seat.id === id),
    );
  }

  #seatOf({ id, tokenHash, isOwner }: Claim): Seat | undefined {
    return this.#record.seats.find(
      (seat) => seat.id === id && (isOwner || seat.tokenHash === tokenHash),
    );
  }

  #isBanned(request: SeatRequest, held: Seat | undefined): boolean {
    const { bans } = this.#record;
    const marks = [request.id, request.formerTokenHash, request.addressHash, held?.tokenHash];
    return marks.some((mark) => mark !== undefined && bans.includes(mark));
  }

  #isTaken({ id, reservedUntil }: Seat, now: number): boolean {
    return reservedUntil > now || this.#isInUse(id);
  }
}

/** A seat whose player comes back, and may say something new of itself. */
function renewed(seat: Seat, { tokenHash, name, data, addressHash, isOwner }: SeatRequest): Seat {
  return {
    ...seat,
    // A signed token is another one each time.
    ...(isOwner && { tokenHash }),
    name: name ?? seat.name,
    data: data ?? seat.data,
    addressHash: addressHash ?? seat.addressHash,
  };
}

function merged(state: RoomFacts['state'], part: RoomFacts['state']): RoomFacts['state'] {
  const entries = Object.entries({ ...state, ...part }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}
