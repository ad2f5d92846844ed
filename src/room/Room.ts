import type { RefusalReason } from '../protocol/refusals.ts';
import { Announcements } from './Announcements.ts';
import { CallsInVain } from './CallsInVain.ts';
import type { Context } from './Context.ts';
import type { Claim } from './claim.ts';
import { Delivery } from './Delivery.ts';
import { type Ending, type EndSession, meaningOf } from './endings.ts';
import { Joining } from './Joining.ts';
import { Leaving } from './Leaving.ts';
import type { Listing } from './Listing.ts';
import { Liveness } from './Liveness.ts';
import {
  type Outcome,
  type RoomPlace,
  type RoomView,
  refused,
  type SeatInRoom,
  type SeatProof,
} from './ManagedRooms.ts';
import { Management } from './Management.ts';
import { Members } from './Members.ts';
import type { Message } from './Message.ts';
import { MuteSockets } from './MuteSockets.ts';
import type { ManagedChange, ManagedRecord, RoomPlan, SeatRequest } from './managedRecord.ts';
import { Outgoing } from './Outgoing.ts';
import { PayloadRelay } from './PayloadRelay.ts';
import { Receiving } from './Receiving.ts';
import { NOBODY_WATCHES, type RoomObserver } from './RoomObserver.ts';
import type { RoomPolicy } from './RoomPolicy.ts';
import { RoomRequests } from './RoomRequests.ts';
import type { Connection, RoomRuntime } from './RoomRuntime.ts';
import type { RoomSnapshot } from './RoomSnapshot.ts';
import { RoomViews } from './RoomViews.ts';
import { type AwayRecord, type PeerRecord, withoutSocket } from './records.ts';
import { Seats } from './Seats.ts';
import { SteadyClock } from './SteadyClock.ts';
import type { Salts } from './secrets.ts';

/**
 * One room or realm, or a part of one: who is here, and every rule of how peers join, speak and leave.
 *
 * - `Joining`: who may come in, and who gives way.
 * - `Receiving`: what a peer may say.
 * - `Delivery`: who gets which message, and when one expires.
 * - `Leaving`: who keeps a seat for a while, and who is told.
 * - `Members`: who is the host.
 * - `Management`: what holds in a room that was made by HTTP.
 *
 * Plain TypeScript: the runtime hands in the sockets and the time (`wall`, in milliseconds since the
 * epoch), and calls `runDeadlines` when it is due.
 */
export class Room<C extends Connection> {
  readonly #clock = new SteadyClock();
  readonly #seats: Seats<C>;
  readonly #mute: MuteSockets<C>;
  readonly #liveness: Liveness<C>;
  readonly #joining: Joining<C>;
  readonly #receiving: Receiving<C>;
  readonly #delivery: Delivery<C>;
  readonly #leaving: Leaving<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;
  readonly #requests: RoomRequests<C>;
  readonly #views: RoomViews<C>;
  readonly #announcements: Announcements<C>;
  readonly #runtime: RoomRuntime<C>;
  /** The revision of the members when the last change was announced and persisted. */
  #settledRevision = 0;

  constructor(
    policy: RoomPolicy,
    runtime: RoomRuntime<C>,
    observer: RoomObserver = NOBODY_WATCHES,
  ) {
    const context: Context<C> = { policy, runtime, observer, clock: this.#clock };
    const calls = new CallsInVain(policy.waitsPerMinute, policy.waiting.timeout);
    const seats = new Seats(context, calls);
    const mute = new MuteSockets<C>();
    const liveness = new Liveness(context, seats);
    const end: EndSession<C> = (peer, kind, ending, now) => leaving.end(peer, kind, ending, now);
    const outgoing = new Outgoing(context, seats, liveness, end);
    const delivery = new Delivery(context, seats, outgoing, calls);
    const management = new Management(context, seats);
    const members = new Members(context, seats, liveness, management);
    const leaving = new Leaving(context, seats, mute, outgoing, delivery, members, management);
    const views = new RoomViews(context, seats, members, management);
    const announcements = new Announcements(seats, members, outgoing, views);
    const requests = new RoomRequests(seats, members, management, announcements, leaving);
    this.#runtime = runtime;
    this.#members = members;
    this.#management = management;
    this.#views = views;
    this.#announcements = announcements;
    this.#requests = requests;
    this.#seats = seats;
    this.#mute = mute;
    this.#liveness = liveness;
    this.#joining = new Joining(
      context,
      seats,
      mute,
      liveness,
      delivery,
      leaving,
      members,
      management,
    );
    const payloads = policy.relaysPayloads
      ? new PayloadRelay(context, seats, outgoing, announcements)
      : undefined;
    this.#receiving = new Receiving(
      context,
      liveness,
      delivery,
      leaving,
      members,
      requests,
      payloads,
    );
    this.#delivery = delivery;
    this.#leaving = leaving;
  }

  /**
   * Why a join is refused, if it is. Asked before the socket of the peer is accepted.
   *
   * @param elsewhere how many peers other parts of this realm have.
   * @param seatRequest of a peer that asks for a seat in a managed room as it joins.
   */
  refusalFor(
    claim: Claim,
    elsewhere: number,
    wall: number,
    seatRequest?: SeatRequest,
  ): RefusalReason | undefined {
    const now = this.#clock.read(wall);
    const refusal = this.#joining.refusalFor(claim, elsewhere, now, seatRequest);
    // Others may have been ended to free a seat for it.
    if (refusal !== undefined) this.#settle(now);
    return refusal;
  }

  /** Whether a peer was given a seat in this room, which a managed one is. */
  holdsSeat(claim: Claim): boolean {
    return this.#management.seatOf(claim) !== undefined;
  }

  /** Seats a peer that `refusalFor` lets in. */
  join(connection: C, claim: Claim, wall: number): void {
    const now = this.#clock.read(wall);
    const peer = this.#joining.join(connection, claim, now);
    if (claim.asksForRoom) this.#receiving.askForRoom(peer, now);
    this.#settle(now);
  }

  /**
   * Handles one frame of a client.
   *
   * @param length of the whole, in bytes, where the runtime kept the end of it alone: it is dropped.
   */
  receive(connection: C, frame: string | ArrayBuffer, wall: number, length?: number): void {
    const now = this.#clock.read(wall);
    const sender = this.#seats.speakerOn(connection);
    if (sender === undefined) this.#mute.closeEarly(connection);
    else this.#receiving.receive(sender, frame, now, length);
    // Each change that is persisted is billed, and a host may change its room with every frame. So changes
    // are persisted when the host is told that they are granted.
    if (now < this.#announcements.pausesUntil) return;
    this.#settle(now);
  }

  /** Delivers a message of a peer in another part of this realm. */
  deliver(message: Message, wall: number): void {
    const now = this.#clock.read(wall);
    this.#delivery.deliver({ ...message, since: now }, now);
  }

  /** A message that was forwarded will never be delivered. */
  fail(message: Message, wall: number): void {
    this.#delivery.fail(message, this.#clock.read(wall));
  }

  /** Ends the peers that have been silent for too long, whose sockets others need. */
  endSilentPeers(wall: number): void {
    const now = this.#clock.read(wall);
    this.#joining.endSilentPeers(now);
    this.#settle(now);
  }

  /** A socket is gone, for whatever reason. */
  disconnect(connection: C, wall: number, ending: Ending): void {
    const now = this.#clock.read(wall);
    const peer = this.#seats.speakerOn(connection);
    const kind = ending.code === undefined ? 'lost' : meaningOf(ending.code);
    if (peer !== undefined) this.#leaving.leave(peer, kind, ending, now);
    this.#mute.delete(connection);
    this.#settle(now);
  }

  /** Does what is due: ends grace periods, closes mute sockets, expires what has waited long enough. */
  runDeadlines(wall: number): void {
    const now = this.#clock.read(wall);
    this.#leaving.endGracePeriods(now);
    this.#mute.closeDue(now);
    this.#delivery.expireWaiting(now);
    if (this.isManaged) this.#members.lookForHost(now);
    if ((this.#management.endsAt ?? Infinity) <= now) this.#endManagement(now);
    this.#settle(now);
  }

  /**
   * When `runDeadlines` is due next for what is in memory only, in milliseconds since the epoch.
   * Undefined: never.
   */
  get nextDeadline(): number | undefined {
    const waiting = this.#delivery.nextDeadline;
    const mute = this.#mute.nextDeadline;
    const settling = this.#isUnsettled
      ? this.#announcements.pausesUntil
      : this.#announcements.nextDeadline;
    const next = Math.min(waiting ?? Infinity, mute ?? Infinity, settling ?? Infinity);
    return next === Infinity ? undefined : this.#clock.toWall(next);
  }

  /**
   * When `runDeadlines` is due next for what is persisted: a grace period or a managed room ends, or
   * the wait for the one who made the room does.
   */
  get nextAlarm(): number | undefined {
    const graceEnd = this.#seats.nextGraceEnd ?? Infinity;
    const end = this.#management.endsAt ?? Infinity;
    const host = (end === Infinity && this.#awaitedHostUntil) || Infinity;
    const next = Math.min(graceEnd, end, host);
    return next === Infinity ? undefined : this.#clock.toWall(next);
  }

  /** The sooner of the two, for a runtime in which a timer serves for both. */
  get nextDue(): number | undefined {
    const { nextDeadline, nextAlarm } = this;
    if (nextDeadline === undefined || nextAlarm === undefined) return nextDeadline ?? nextAlarm;
    return Math.min(nextDeadline, nextAlarm);
  }

  /** The ids of the connected peers, in the order in which they joined. */
  list(wall: number): string[] {
    const now = this.#clock.read(wall);
    // A runtime restores sockets in an order of its own.
    const peers = this.#seats.connected.sort((one, other) => one.joinedAt - other.joinedAt);
    return peers.filter((peer) => !this.#liveness.isLost(peer, now)).map(({ id }) => id);
  }

  /** How many seats are taken, including those of peers in their grace period. */
  get size(): number {
    return this.#seats.size;
  }

  /** Nobody has made the room, and nobody is here. */
  get hasNobody(): boolean {
    return this.size === 0 && !this.isManaged;
  }

  /**
   * Restores a peer after a hibernation, unless it is here.
   *
   * @returns whether the peer was restored.
   */
  restore(connection: C, record: PeerRecord, wall: number): boolean {
    const isRestored = this.#seats.restore(connection, record, wall);
    if (isRestored) this.#members.restored();
    return isRestored;
  }

  /** Restores a mute socket. */
  restoreMute(connection: C): void {
    if (this.#seats.speakerOn(connection) === undefined) this.#mute.restore(connection);
  }

  /** Whether the room was made by HTTP. */
  get isManaged(): boolean {
    return this.#management.record !== undefined;
  }

  /** What is hashed together with addresses and passwords, in a managed room. */
  get salts(): Salts | undefined {
    const { record } = this.#management;
    return record && { ofAddresses: record.salt, ofPassword: record.password?.salt };
  }

  /** Makes this a managed room, and gives its first seat to its host. */
  make(place: RoomPlace, plan: RoomPlan, request: SeatRequest, wall: number): Outcome<SeatInRoom> {
    const now = this.#clock.read(wall);
    if (!this.hasNobody) return refused('code-in-use');
    this.#management.make(place, plan, request, now);
    this.#members.made(request.id, now);
    return this.#seatInRoom(request.id, false, now);
  }

  /** Gives a seat in a managed room. */
  takeSeat(request: SeatRequest, wall: number): Outcome<SeatInRoom> {
    const now = this.#clock.read(wall);
    const given = this.#joining.takeSeat(request, now);
    if (typeof given !== 'string') return this.#seatInRoom(given.id, given.rejoined, now);
    this.#settle(now);
    return refused(given);
  }

  /** What a managed room is. */
  describe(wall: number): Outcome<RoomView> {
    return this.#describe(this.#clock.read(wall));
  }

  /** What strangers may know of a managed room. The directory of its game asks for it. */
  listing(wall: number): Listing | undefined {
    const now = this.#clock.read(wall);
    if (!this.isManaged) return undefined;
    // After a crash nobody has said that the sockets are gone.
    this.#management.noteConnected(this.#seats.connectedCount, this.#seats.size === 0, now);
    this.#settle(now);
    return this.#views.listing(now);
  }

  /** Changes a managed room as its host asks. */
  change(by: SeatProof, change: ManagedChange, wall: number): Outcome<RoomView> {
    const now = this.#clock.read(wall);
    const refusal = this.#management.refusalForHost(by, this.#members.hostId);
    if (refusal !== undefined) return refused(refusal);
    const error = this.#requests.change(change, now);
    this.#settle(now);
    return error === undefined ? this.#describe(now) : { refusal: error };
  }

  /** Restores what makes this a managed room. Comes before its peers are restored. */
  restoreManaged(record: ManagedRecord, wall: number): void {
    this.#management.restore(record, this.#clock.read(wall));
    this.#members.restored();
    this.#views.restored();
  }

  /** Restores the peers in their grace period. */
  restoreAway(records: readonly AwayRecord[], wall: number): void {
    this.#seats.restoreAway(records, wall);
    this.#members.restored();
  }

  /** What another process needs to go on with this room. Undefined where nobody made it. */
  snapshot(): RoomSnapshot | undefined {
    const managed = this.#management.toKeep();
    if (managed === undefined) return undefined;
    const peers = this.#members.all.map((peer) =>
      withoutSocket(peer, peer.state === 'away' ? peer.missed : []),
    );
    return { managed, peers };
  }

  /** Goes on with a room of another process. All who were in it are in their grace period. */
  resume({ managed, peers }: RoomSnapshot, wall: number): void {
    this.restoreManaged(managed, wall);
    // As long as the rules allow: nobody could come back before.
    const away = peers.map((peer) => ({ ...peer, until: Number.POSITIVE_INFINITY }));
    this.restoreAway(away, wall);
    this.#members.resumed(this.#clock.read(wall));
  }

  /** Announces and persists what has changed. Runs after every event, at the latest when the next announcement is due. */
  #settle(now: number): void {
    if (this.#isUnsettled) {
      this.#members.lookForHost(now);
      this.#management.noteConnected(this.#seats.connectedCount, this.#seats.size === 0, now);
      this.#management.persist();
      this.#tellStrangers(this.#views.takeListing(now));
      this.#settledRevision = this.#members.revision;
      this.#runtime.onManagedChange?.();
    }
    this.#announcements.announce(now);
  }

  /** Whether a managed room has changed since it was persisted. A message changes nothing, and costs nothing. */
  get #isUnsettled(): boolean {
    return (
      this.isManaged &&
      (this.#management.isChanged || this.#members.revision !== this.#settledRevision)
    );
  }

  #tellStrangers(listing: Listing | undefined): void {
    if (listing !== undefined) this.#runtime.onListing?.(listing);
  }

  /** Nobody has been here for long: the managed room ends, and the next peer finds a room that nobody made. */
  #endManagement(now: number): void {
    const { record } = this.#management;
    this.#management.end();
    this.#management.persist();
    this.#members.ended();
    this.#tellStrangers(this.#views.takeListing(now, record));
    this.#runtime.onManagedChange?.();
  }

  get #awaitedHostUntil(): number | undefined {
    const now = this.#clock.latest;
    return this.isManaged ? this.#members.awaitedHostUntil(now) : undefined;
  }

  #seatInRoom(id: string, rejoined: boolean, now: number): Outcome<SeatInRoom> {
    this.#settle(now);
    const outcome = this.#describe(now);
    return 'value' in outcome ? { value: { id, rejoined, room: outcome.value } } : outcome;
  }

  #describe(now: number): Outcome<RoomView> {
    const value = this.#views.view(now);
    return value === undefined ? refused('no-such-room') : { value };
  }
}
