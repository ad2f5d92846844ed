import type { PeerPath } from '../protocol/peerPath.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import type { Claim } from '../room/claim.ts';
import type { Ending } from '../room/endings.ts';
import type { Listing } from '../room/Listing.ts';
import type { Outcome, RoomPlace, RoomView, SeatInRoom, SeatProof } from '../room/ManagedRooms.ts';
import type { ManagedChange, RoomPlan, SeatRequest } from '../room/managedRecord.ts';
import { policyFor } from '../room/policyFor.ts';
import { Room } from '../room/Room.ts';
import type { RoomObserver } from '../room/RoomObserver.ts';
import type { RoomRuntime } from '../room/RoomRuntime.ts';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import type { Salts } from '../room/secrets.ts';
import type { Settings } from '../settings.ts';
import type { PeerEvents } from './PeerEvents.ts';
import type { PeerSocket, SocketRoom } from './PeerSocket.ts';

/** Milliseconds before what failed is tried again. */
const RETRY_AFTER_MS = 1000;

/**
 * A room or realm whose sockets this process holds, and the timer for what happens later in it. An error
 * in one room must not end the process, and with it all others.
 */
export class LocalRoom implements SocketRoom {
  readonly path: PeerPath;
  readonly #room: Room<PeerSocket>;
  readonly #events: PeerEvents;
  readonly #onEmpty: (room: LocalRoom) => void;
  #timer: { readonly id: NodeJS.Timeout; readonly at: number } | undefined;

  /**
   * @param onEmpty is called when nobody is here, and nothing will happen, until somebody joins.
   */
  constructor(
    path: PeerPath,
    settings: Settings,
    runtime: RoomRuntime<PeerSocket>,
    observer: RoomObserver,
    events: PeerEvents,
    onEmpty: (room: LocalRoom) => void,
  ) {
    this.path = path;
    this.#events = events;
    this.#onEmpty = onEmpty;
    this.#room = new Room(policyFor(path, settings), runtime, observer);
  }

  /** Whether somebody made this room by HTTP. */
  get isManaged(): boolean {
    return this.#room.isManaged;
  }

  /** What is hashed together with what must not be kept. */
  get salts(): Salts | undefined {
    return this.#room.salts;
  }

  /** Makes this a managed room: see `ManagedRooms`, whose other requests follow. */
  make(place: RoomPlace, plan: RoomPlan, request: SeatRequest): Outcome<SeatInRoom> {
    return this.#answer((now) => this.#room.make(place, plan, request, now));
  }

  takeSeat(request: SeatRequest): Outcome<SeatInRoom> {
    return this.#answer((now) => this.#room.takeSeat(request, now));
  }

  describe(): Outcome<RoomView> {
    return this.#room.describe(Date.now());
  }

  /** What strangers may know of the room. */
  listing(): Listing | undefined {
    return this.#answer((now) => this.#room.listing(now));
  }

  change(by: SeatProof, change: ManagedChange): Outcome<RoomView> {
    return this.#answer((now) => this.#room.change(by, change, now));
  }

  /** What the next process needs to go on with a managed room. */
  snapshot(): RoomSnapshot | undefined {
    return this.#room.snapshot();
  }

  /** Goes on with a managed room of the process before. */
  resume(snapshot: RoomSnapshot): void {
    this.#answer((now) => this.#room.resume(snapshot, now));
  }

  /** Nobody has made the room, and nobody is here. */
  get hasNobody(): boolean {
    return this.#room.hasNobody;
  }

  /** Whether a peer was given a seat here. */
  holdsSeat(claim: Claim): boolean {
    return this.#room.holdsSeat(claim);
  }

  /** Whether a peer has to be turned away, and why. */
  refusalFor(claim: Claim, seatRequest?: SeatRequest): RefusalReason | undefined {
    const now = Date.now();
    const reason = this.#room.refusalFor(claim, 0, now, seatRequest);
    if (reason !== undefined) this.#settle(now);
    return reason;
  }

  /** Registers a peer that `refusalFor` lets in. */
  join(socket: PeerSocket, claim: Claim): void {
    const now = Date.now();
    socket.room = this;
    socket.claim = claim;
    this.#room.join(socket, claim, now);
    this.#events.connected(socket);
    this.#settle(now);
  }

  /** The ids of the peers that are connected now. */
  list(): string[] {
    return this.#room.list(Date.now());
  }

  receive(socket: PeerSocket, frame: string | ArrayBuffer, now: number, length?: number): void {
    // Not by `#handle`, whose function would be made anew for each message.
    try {
      if (length === undefined) this.#events.received(socket, frame);
      this.#room.receive(socket, frame, now, length);
    } catch (error) {
      this.#events.failed(error);
    }
    this.#settle(now);
  }

  disconnect(socket: PeerSocket, ending: Ending): void {
    const now = Date.now();
    this.#handle(now, () => this.#room.disconnect(socket, now, ending));
  }

  /** Closes the sockets of peers that have been silent for too long. */
  endSilentPeers(now: number): void {
    this.#room.endSilentPeers(now);
    this.#settle(now);
  }

  /** Lets this process end although something is pending. */
  stop(): void {
    clearTimeout(this.#timer?.id);
    this.#timer = undefined;
  }

  #answer<T>(ask: (now: number) => T): T {
    const now = Date.now();
    const answer = ask(now);
    this.#settle(now);
    return answer;
  }

  /**
   * Handles what happens by itself. If that fails, what others wait for is still done in time.
   *
   * @param retryAfter milliseconds until what is overdue is done.
   */
  #handle(now: number, event: () => void, retryAfter = 0): void {
    try {
      event();
    } catch (error) {
      this.#events.failed(error);
    }
    this.#settle(now, retryAfter);
  }

  /** Comes after every event: schedules what has to be done later, and lets go of a room that is not needed. */
  #settle(now: number, retryAfter = 0): void {
    const at = this.#room.nextDue;
    if (at !== this.#timer?.at) this.#setTimer(at, now, retryAfter);
    if (at === undefined && this.#room.size === 0) this.#onEmpty(this);
  }

  #setTimer(at: number | undefined, now: number, retryAfter: number): void {
    this.stop();
    if (at === undefined) return;
    const delay = at > now ? at - now : retryAfter;
    const id = setTimeout(() => this.#runDeadlines(), delay);
    id.unref();
    this.#timer = { id, at };
  }

  #runDeadlines(): void {
    this.#timer = undefined;
    const now = Date.now();
    // What is due even then has failed. It must not take all the time of the process.
    this.#handle(now, () => this.#room.runDeadlines(now), RETRY_AFTER_MS);
  }
}
