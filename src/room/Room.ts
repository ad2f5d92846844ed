import type { RefusalReason } from '../protocol/refusals.ts';
import { Announcements } from './Announcements.ts';
import { CallsInVain } from './CallsInVain.ts';
import type { Context } from './Context.ts';
import type { Claim } from './claim.ts';
import { Delivery } from './Delivery.ts';
import { type Ending, type EndSession, meaningOf } from './endings.ts';
import { Joining } from './Joining.ts';
import { Leaving } from './Leaving.ts';
import { Liveness } from './Liveness.ts';
import { Members } from './Members.ts';
import type { Message } from './Message.ts';
import { MuteSockets } from './MuteSockets.ts';
import { Outgoing } from './Outgoing.ts';
import { Receiving } from './Receiving.ts';
import { NOBODY_WATCHES, type RoomObserver } from './RoomObserver.ts';
import type { RoomPolicy } from './RoomPolicy.ts';
import { RoomRequests } from './RoomRequests.ts';
import type { Connection, RoomRuntime } from './RoomRuntime.ts';
import type { AwayRecord, PeerRecord } from './records.ts';
import { Seats } from './Seats.ts';
import { SteadyClock } from './SteadyClock.ts';

/**
 * One room or realm, or a part of one: who is here, and every rule of how peers join, speak and leave.
 *
 * - `Joining`: who may come in, and who gives way.
 * - `Receiving`: what a peer may say.
 * - `Delivery`: who gets which message, and when one expires.
 * - `Leaving`: who keeps a seat for a while, and who is told.
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
  readonly #announcements: Announcements<C>;

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
    const members = new Members(context, seats, liveness);
    const leaving = new Leaving(context, seats, mute, outgoing, delivery, members);
    this.#members = members;
    this.#announcements = new Announcements(seats, members, outgoing, policy.capacity);
    const requests = new RoomRequests(seats, members, this.#announcements, leaving);
    this.#seats = seats;
    this.#mute = mute;
    this.#liveness = liveness;
    this.#joining = new Joining(context, seats, mute, liveness, delivery, leaving, members);
    this.#receiving = new Receiving(context, liveness, delivery, leaving, members, requests);
    this.#delivery = delivery;
    this.#leaving = leaving;
  }

  /** Why a join is refused, if it is. Asked before the socket of the peer is accepted. */
  refusalFor(claim: Claim, elsewhere: number, wall: number): RefusalReason | undefined {
    return this.#joining.refusalFor(claim, elsewhere, this.#clock.read(wall));
  }

  /** Seats a peer that `refusalFor` lets in. */
  join(connection: C, claim: Claim, wall: number): void {
    const now = this.#clock.read(wall);
    this.#joining.join(connection, claim, now);
    this.#announcements.announce(now);
  }

  /** Handles one frame of a client. */
  receive(connection: C, frame: string | ArrayBuffer, wall: number): void {
    const now = this.#clock.read(wall);
    const sender = this.#seats.speakerOn(connection);
    if (sender === undefined) this.#mute.closeEarly(connection);
    else this.#receiving.receive(sender, frame, now);
    this.#announcements.announce(now);
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
    this.#joining.endSilentPeers(this.#clock.read(wall));
  }

  /** A socket is gone, for whatever reason. */
  disconnect(connection: C, wall: number, ending: Ending): void {
    const now = this.#clock.read(wall);
    const peer = this.#seats.speakerOn(connection);
    const kind = ending.code === undefined ? 'lost' : meaningOf(ending.code);
    if (peer !== undefined) this.#leaving.leave(peer, kind, ending, now);
    this.#mute.delete(connection);
    this.#announcements.announce(now);
  }

  /** Does what is due: ends grace periods, closes mute sockets, expires what has waited long enough. */
  runDeadlines(wall: number): void {
    const now = this.#clock.read(wall);
    this.#leaving.endGracePeriods(now);
    this.#mute.closeDue(now);
    this.#delivery.expireWaiting(now);
    this.#announcements.announce(now);
  }

  /**
   * When `runDeadlines` is due next for what is in memory only, in milliseconds since the epoch.
   * Undefined: never.
   */
  get nextDeadline(): number | undefined {
    const waiting = this.#delivery.nextDeadline;
    const mute = this.#mute.nextDeadline;
    const announcement = this.#announcements.nextDeadline;
    const next = Math.min(waiting ?? Infinity, mute ?? Infinity, announcement ?? Infinity);
    return next === Infinity ? undefined : this.#clock.toWall(next);
  }

  /** When `runDeadlines` is due for the next grace period that ends. These are persisted. */
  get nextGraceEnd(): number | undefined {
    const at = this.#seats.nextGraceEnd;
    return at === undefined ? undefined : this.#clock.toWall(at);
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

  /**
   * Puts back a peer after a hibernation, unless it is here.
   *
   * @returns whether the peer was put back.
   */
  restore(connection: C, record: PeerRecord, wall: number): boolean {
    const isRestored = this.#seats.restore(connection, record, wall);
    if (isRestored) this.#members.restored();
    return isRestored;
  }

  /** Puts back a socket on which nobody speaks any more. */
  restoreMute(connection: C): void {
    if (this.#seats.speakerOn(connection) === undefined) this.#mute.restore(connection);
  }

  /** Puts back the peers in their grace period. */
  restoreAway(records: readonly AwayRecord[], wall: number): void {
    this.#seats.restoreAway(records, wall);
    this.#members.restored();
  }
}
