import type { RoomRefusal } from '../protocol/roomRefusals.ts';
import { bytesOf, MAX_STATE_BYTES, RequestError } from '../protocol/roomRequests.ts';
import type { Context } from './Context.ts';
import type { Claim } from './claim.ts';
import type { GivenSeat, RoomPlace, SeatProof } from './ManagedRooms.ts';
import type { ManagedChange, ManagedRecord, RoomPlan, Seat, SeatRequest } from './managedRecord.ts';
import type { Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** How long a seat is kept for a page that does not connect. */
export const AWAITED_FOR_MS = 30_000;
/** How long a room lasts while nobody is connected. */
const EMPTY_FOR_MS = 60_000;
/** Seats of players who are gone and may come back, as after a reload. The oldest is forgotten. */
const MAX_ABANDONED = 64;
/** The oldest ban is forgotten. */
const MAX_BANS = 256;

/** Why no seat is given. */
export type SeatRefusal =
  | 'no-such-room'
  | 'banned'
  | 'wrong-password'
  | 'room-locked'
  | 'room-full';

/**
 * What makes a room a managed one: who has a seat in it, its lock, its password, its bans, and what
 * its host says of it. Only the holder of a seat may connect, and come back. A room that nobody made has
 * no record, and none of these rules.
 *
 * A seat is *taken* while its holder is connected, in its grace period, or awaited. No more seats are
 * taken than the room has.
 */
export class Management<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  #record: ManagedRecord | undefined;
  #isChanged = false;

  constructor(context: Context<C>, seats: Seats<C>) {
    this.#context = context;
    this.#seats = seats;
  }

  /** Undefined where nobody made the room. */
  get record(): ManagedRecord | undefined {
    return this.#record;
  }

  /** Whether anything is to be persisted. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** When the room ends, if nobody connects. Undefined: never. */
  get endsAt(): number | undefined {
    const since = this.#record?.emptySince;
    return since === undefined ? undefined : since + EMPTY_FOR_MS;
  }

  /** Makes the room. Its first seat is its host's. */
  make(place: RoomPlace, plan: RoomPlan, request: SeatRequest, now: number): void {
    this.#record = {
      ...place,
      ...plan,
      locked: false,
      started: false,
      state: {},
      seats: [newSeat(request, now)],
      bans: [],
      hostId: request.id,
      term: 0,
      createdAt: now,
      emptySince: now,
    };
    this.#isChanged = true;
    this.#observe('room.made', request.id);
  }

  /** Ends the room. */
  end(): void {
    this.#observe('room.over', this.#record?.hostId ?? '');
    this.#record = undefined;
    this.#isChanged = true;
  }

  /** Restores what was persisted. No time may be in the future, as it would be after the clock was set back. */
  restore(record: ManagedRecord, now: number): void {
    const notAfter = (latest: number, time: number | undefined) =>
      time === undefined ? undefined : Math.min(time, latest);
    this.#record = {
      ...record,
      createdAt: Math.min(record.createdAt, now),
      emptySince: notAfter(now, record.emptySince),
      seats: record.seats.map((seat) => ({
        ...seat,
        awaitedUntil: notAfter(now + AWAITED_FOR_MS, seat.awaitedUntil),
      })),
    };
  }

  /** Persists what has changed since the last time. */
  persist(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#context.runtime.persistence?.persistManaged(this.toKeep());
  }

  /** The record as it is kept, with times of the machine's clock. */
  toKeep(): ManagedRecord | undefined {
    const { clock } = this.#context;
    const record = this.#record;
    const toWall = (time: number | undefined) =>
      time === undefined ? undefined : clock.toWall(time);
    return (
      record && {
        ...record,
        createdAt: clock.toWall(record.createdAt),
        emptySince: toWall(record.emptySince),
        seats: record.seats.map((seat) => ({ ...seat, awaitedUntil: toWall(seat.awaitedUntil) })),
      }
    );
  }

  /** Why a peer may not connect, if it may not. */
  refusalFor(claim: Claim, now: number): 'seat-required' | 'kicked' | 'room-full' | undefined {
    if (this.#record === undefined) return undefined;
    const seat = this.seatOf(claim);
    if (seat === undefined) return 'seat-required';
    if (seat.isKicked) return 'kicked';
    return this.#isTaken(seat, now) || this.#hasFree(this.#record, now) ? undefined : 'room-full';
  }

  /** Whether the seat of this id was just given: the page that connects next is then a new one. */
  isAwaited(id: string, now: number): boolean {
    const seat = this.seat(id);
    return seat !== undefined && isAwaited(seat, now);
  }

  /** Connects a peer to its seat, which is returned. */
  connect(claim: Claim): Seat | undefined {
    const seat = this.seatOf(claim);
    if (this.#record === undefined || seat === undefined) return undefined;
    const { seats, emptySince } = this.#record;
    if (seat.awaitedUntil !== undefined || emptySince !== undefined) {
      const connected = { ...seat, awaitedUntil: undefined };
      this.#change({
        seats: seats.map((each) => (each === seat ? connected : each)),
        emptySince: undefined,
      });
    }
    return seat;
  }

  /** Keeps the name and data of a player who leaves a seat, unless the seat has been given again. */
  keepMember({ id, member = { seq: 0 } }: Pick<Peer<C>, 'id' | 'member'>, now: number): void {
    const seat = this.seat(id);
    if (seat === undefined || isAwaited(seat, now)) return;
    const { name, data } = member;
    if (seat.name === name && JSON.stringify(seat.data) === JSON.stringify(data)) return;
    this.#replace(seat, { ...seat, name, data });
  }

  /** Notes how many peers are connected: a room ends if none are, and a match starts when all are. */
  noteConnected(count: number, isEmpty: boolean, now: number): void {
    if (this.#record === undefined) return;
    const { matchMode, started, size, emptySince } = this.#record;
    if (isEmpty && emptySince === undefined) this.#change({ emptySince: now });
    if (matchMode !== undefined && !started && count >= size) {
      this.#change({ locked: true, started: true });
      this.#observe('room.started', this.#record.hostId ?? '');
    }
  }

  /** The room has another host, or none. */
  noteHost(hostId: string | undefined, term: number): void {
    if (this.#record === undefined) return;
    if (this.#record.hostId === hostId && this.#record.term === term) return;
    this.#change({ hostId, term });
  }

  /** Gives a seat, or the one that was held before. */
  takeSeat(request: SeatRequest, now: number): GivenSeat | SeatRefusal {
    const record = this.#record;
    if (record === undefined) return 'no-such-room';
    const held = heldBefore(record, request);
    if (isBanned(record, request, held !== undefined)) return 'banned';
    if (held === undefined) {
      const { password } = record;
      if (password !== undefined && password.hash !== request.passwordHash) return 'wrong-password';
      if (record.locked) return 'room-locked';
    }
    const isFree = (held !== undefined && this.#isTaken(held, now)) || this.#hasFree(record, now);
    if (!isFree) return 'room-full';
    const seat = held === undefined ? newSeat(request, now) : this.#renewed(held, request, now);
    this.#keep(record, seat, now);
    return { id: seat.id, rejoined: held !== undefined };
  }

  /** Why a change is refused, if it is: only the host may make one. */
  refusalForHost(proof: SeatProof, hostId: string | undefined): RoomRefusal | undefined {
    if (this.#record === undefined) return 'no-such-room';
    const seat = this.#record.seats.find((each) =>
      'id' in proof ? each.id === proof.id : each.tokenHash === proof.tokenHash,
    );
    if (seat === undefined || seat.isKicked) return 'invalid-token';
    return seat.id === hostId ? undefined : 'not-the-host';
  }

  /**
   * Carries out what the host changes of the room itself.
   *
   * @throws {RequestError} if the state would be too large. Nothing has changed then.
   */
  change({ locked, public: isPublic, meta, password, state }: ManagedChange): void {
    const before = this.#record;
    if (before === undefined) return;
    const change: Partial<ManagedRecord> = {
      ...(locked !== undefined && { locked }),
      ...(isPublic !== undefined && { isPublic }),
      ...(meta !== undefined && { meta }),
      ...(password !== undefined && { password: password ?? undefined }),
      ...(state !== undefined && { state: merged(before.state, state) }),
    };
    if (bytesOf(change.state ?? {}) > MAX_STATE_BYTES) {
      throw new RequestError(
        `state must have at most ${MAX_STATE_BYTES} bytes as JSON, with what it has already.`,
      );
    }
    if (Object.keys(change).length > 0) this.#change(change);
  }

  /** Whether the host has banned an applicant that holds no seat. */
  bans(request: SeatRequest): boolean {
    return this.#record !== undefined && isBanned(this.#record, request, false);
  }

  /** Whether somebody holds a seat with this id. */
  holds(id: string): boolean {
    return this.#record?.seats.some((seat) => seat.id === id && !seat.isKicked) ?? false;
  }

  /** The host has removed the holder of a seat. A ban also keeps the id and the address out. */
  remove(id: string, isBan: boolean): void {
    const record = this.#record;
    const seat = record?.seats.find((each) => each.id === id);
    if (record === undefined || seat === undefined) return;
    const kicked: Seat = { ...seat, awaitedUntil: undefined, isKicked: true };
    const marks = isBan ? [id, seat.tokenHash, seat.addressHash] : [];
    this.#change({
      seats: record.seats.map((each) => (each === seat ? kicked : each)),
      bans: [...record.bans, ...marks.filter((mark) => mark !== undefined)].slice(-MAX_BANS),
    });
  }

  /**
   * Keeps the seat of a player who was connected, and of whom nobody has said that it left: a deploy ends
   * all sockets without a word to the room.
   */
  awaitAgain(id: string, now: number): void {
    const seat = this.seat(id);
    if (seat === undefined || seat.isKicked || seat.awaitedUntil !== undefined) return;
    this.#replace(seat, { ...seat, awaitedUntil: now + AWAITED_FOR_MS });
  }

  /** The seats of those who have not connected yet. */
  awaited(now: number): Seat[] {
    const seats = this.#record?.seats ?? [];
    return seats.filter((seat) => isAwaited(seat, now) && !this.#isInUse(seat.id));
  }

  /** The seat with this id. */
  seat(id: string): Seat | undefined {
    return this.#record?.seats.find((seat) => seat.id === id);
  }

  /** The seat that a peer was given. */
  seatOf({ id, tokenHash, isOwner }: Claim): Seat | undefined {
    return this.#record?.seats.find(
      (seat) =>
        seat.id === id && (isOwner || (tokenHash !== undefined && seat.tokenHash === tokenHash)),
    );
  }

  #observe(event: 'room.made' | 'room.started' | 'room.over', peer: string): void {
    this.#context.observer.observe({ event, peer, requestId: undefined });
  }

  #isInUse(id: string): boolean {
    return this.#seats.find(id) !== undefined;
  }

  #isTaken(seat: Seat, now: number): boolean {
    return !seat.isKicked && (isAwaited(seat, now) || this.#isInUse(seat.id));
  }

  #hasFree({ seats, size }: ManagedRecord, now: number): boolean {
    return seats.filter((seat) => this.#isTaken(seat, now)).length < size;
  }

  /** A seat whose holder comes back, and may say something new of itself. */
  #renewed(seat: Seat, { name, data, addressHash }: SeatRequest, now: number): Seat {
    const said = this.#seats.find(seat.id)?.member ?? seat;
    return {
      ...seat,
      name: name ?? said.name,
      data: data ?? said.data,
      addressHash: addressHash ?? seat.addressHash,
      awaitedUntil: now + AWAITED_FOR_MS,
    };
  }

  /** Keeps a seat as the one that was given last. */
  #keep({ seats, emptySince }: ManagedRecord, seat: Seat, now: number): void {
    const others = seats.filter(({ id }) => id !== seat.id);
    const abandoned = others.filter((other) => !this.#isTaken(other, now));
    const forgotten = new Set(abandoned.slice(0, Math.max(0, abandoned.length - MAX_ABANDONED)));
    this.#change({
      seats: [...others.filter((other) => !forgotten.has(other)), seat],
      // The new holder gets the whole time to connect.
      emptySince: emptySince === undefined ? undefined : now,
    });
  }

  #replace(seat: Seat, other: Seat): void {
    const seats = this.#record?.seats ?? [];
    this.#change({ seats: seats.map((each) => (each === seat ? other : each)) });
  }

  #change(change: Partial<ManagedRecord>): void {
    if (this.#record === undefined) return;
    this.#record = { ...this.#record, ...change };
    this.#isChanged = true;
  }
}

function isAwaited({ awaitedUntil = 0 }: Seat, now: number): boolean {
  return awaitedUntil > now;
}

function newSeat({ id, tokenHash, name, data, addressHash }: SeatRequest, now: number): Seat {
  return { id, tokenHash, name, data, addressHash, awaitedUntil: now + AWAITED_FOR_MS };
}

function heldBefore({ seats }: ManagedRecord, request: SeatRequest): Seat | undefined {
  const { id, tokenHash, formerTokenHash } = request;
  return seats.find((seat) => {
    if (seat.isKicked) return false;
    return tokenHash === undefined
      ? seat.id === id
      : formerTokenHash !== undefined && seat.tokenHash === formerTokenHash;
  });
}

/** A banned address may be that of a whole school, so it costs nobody a seat that they hold. */
function isBanned({ bans }: ManagedRecord, request: SeatRequest, isHeld: boolean): boolean {
  const { id, formerTokenHash, addressHash } = request;
  const marks = [id, formerTokenHash, isHeld ? undefined : addressHash];
  return marks.some((mark) => mark !== undefined && bans.includes(mark));
}

function merged(
  state: ManagedRecord['state'],
  part: ManagedRecord['state'],
): ManagedRecord['state'] {
  const entries = Object.entries({ ...state, ...part }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}
