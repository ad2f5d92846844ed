import type { RefusalReason } from '../protocol/refusals.ts';
import type { Context } from './Context.ts';
import type { Claim } from './claim.ts';
import type { Delivery } from './Delivery.ts';
import { SILENCE } from './endings.ts';
import type { Leaving } from './Leaving.ts';
import type { Liveness } from './Liveness.ts';
import type { GivenSeat } from './ManagedRooms.ts';
import type { Management, SeatRefusal } from './Management.ts';
import type { Member } from './Member.ts';
import type { Members } from './Members.ts';
import type { MuteSockets } from './MuteSockets.ts';
import type { Seat, SeatRequest } from './managedRecord.ts';
import { NOTHING_MISSED } from './Outgoing.ts';
import type { ConnectedPeer, Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** How often a full room may look for silent peers. */
const LOOK_FOR_SILENT_EVERY_MS = 1000;
/** How long a takeover counts against the next ones of the same id. */
const TAKEOVER_WINDOW_MS = 60_000;
/** Takeovers in that time. Without a limit, two pages with one id and token would take turns for ever. */
const MAX_TAKEOVERS = 3;
/** Mute sockets beyond the capacity that may still be open: the runtime cannot end them. */
const MAX_MUTE = 100;

const NONE: readonly number[] = [];

/** How a peer joins: who may have which id and seat, and what happens to the peer that had it before. */
export class Joining<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #mute: MuteSockets<C>;
  readonly #liveness: Liveness<C>;
  readonly #delivery: Delivery<C>;
  readonly #leaving: Leaving<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;
  #lookedForSilentAt = Number.NEGATIVE_INFINITY;

  constructor(
    context: Context<C>,
    seats: Seats<C>,
    mute: MuteSockets<C>,
    liveness: Liveness<C>,
    delivery: Delivery<C>,
    leaving: Leaving<C>,
    members: Members<C>,
    management: Management<C>,
  ) {
    this.#context = context;
    this.#seats = seats;
    this.#mute = mute;
    this.#liveness = liveness;
    this.#delivery = delivery;
    this.#leaving = leaving;
    this.#members = members;
    this.#management = management;
  }

  /**
   * Why a join is refused, if it is. In a full room or realm a seat is first taken from the peer that
   * is least likely to come back.
   *
   * @param elsewhere how many peers are in other parts of this realm: they count against its capacity.
   * @param seatRequest of a peer that asks for a seat in a managed room as it joins.
   */
  refusalFor(
    claim: Claim,
    elsewhere: number,
    now: number,
    seatRequest?: SeatRequest,
  ): RefusalReason | undefined {
    const { refusalWhenFull } = this.#context.policy;
    this.#keepHostsSeat(now);
    const seatRefusal =
      seatRequest === undefined
        ? this.#seatRefusalFor(claim, now)
        : this.#giveSeat(claim, seatRequest, now);
    if (seatRefusal !== undefined) return seatRefusal;
    const holder = this.#seats.find(claim.id);
    if (holder?.state === 'away') return this.#mayResume(holder, claim) ? undefined : 'id-taken';
    if (holder !== undefined) {
      const isSilent = this.#liveness.isSilent(holder, now);
      if (this.#mayTakeOver(holder, claim)) {
        return !isSilent && isContested(holder, now) ? 'id-taken' : undefined;
      }
      if (!isSilent) return 'id-taken';
    }
    // Checked before anybody loses a seat to a newcomer that would be refused anyway.
    if (this.#mute.size >= this.#capacity + MAX_MUTE) return refusalWhenFull;
    if (holder !== undefined) this.#leaving.end(holder, 'gone', SILENCE, now);
    if (this.#isFull(elsewhere)) this.endSilentPeers(now);
    if (this.#isFull(elsewhere)) this.#giveAwaySeat(now);
    return this.#isFull(elsewhere) ? refusalWhenFull : undefined;
  }

  /**
   * Seats a peer that `refusalFor` lets in, and delivers what waits for it.
   *
   * If the same page reconnects, the others are told nothing. If the page is new, the others get LEAVE
   * before it can call them: the connections of the previous page are dead.
   */
  join(connection: C, claim: Claim, now: number): ConnectedPeer<C> {
    const { observer } = this.#context;
    const { id, requestId } = claim;
    const before = this.#seats.find(id);
    const isReconnect = before !== undefined && this.#isPageOf(before, claim, now);
    const older = before?.state === 'connected' ? before : undefined;
    const missed =
      before === undefined ? NOTHING_MISSED : this.#leaving.giveWay(before, isReconnect, now);
    if (before !== undefined) {
      const seconds = older?.secondsConnected(now);
      observer.observe({
        event: 'peer.replaced',
        peer: id,
        requestId,
        sameToken: isReconnect,
        ...(seconds !== undefined && { seconds }),
      });
    }

    const takeovers =
      older === undefined ? NONE : [...recentTakeovers(older, now), now].slice(-MAX_TAKEOVERS);
    const seat = this.#management.connect(claim);
    const member = isReconnect
      ? before.member
      : introduced(reloaded(before) ?? this.#members.newMember(id, now), seat);
    const record = { ...claim, heardAt: now, joinedAt: now, takeovers, member };
    const peer = this.#seats.seat(connection, record);
    this.#seats.persist(peer);
    observer.observe({ event: 'peer.joined', peer: id, requestId });
    this.#delivery.welcome(peer, missed, now);
    this.#members.joined(now);
    return peer;
  }

  /** Gives an applicant a seat in a managed room, or the one that it held before. */
  takeSeat(request: SeatRequest, now: number): GivenSeat | SeatRefusal {
    this.#keepHostsSeat(now);
    const given = this.#management.takeSeat(request, now);
    if (given !== 'room-full') return given;
    this.endSilentPeers(now);
    return this.#management.takeSeat(request, now);
  }

  /** Ends the peers that have been silent for too long, unless that was done a moment ago. */
  endSilentPeers(now: number): void {
    if (now - this.#lookedForSilentAt < LOOK_FOR_SILENT_EVERY_MS) return;
    this.#lookedForSilentAt = now;
    for (const peer of this.#seats.connected) {
      if (this.#liveness.isSilent(peer, now)) this.#leaving.end(peer, 'gone', SILENCE, now);
    }
  }

  /** After a deploy the host may not be back yet. Its seat is nobody else's. */
  #keepHostsSeat(now: number): void {
    if (this.#management.record !== undefined) this.#members.lookForHost(now);
  }

  /**
   * Whether a peer joins from the page that it was in before. A page without a name is recognized by its
   * token, since PeerJS makes one for each page, unless its seat was just given.
   */
  #isPageOf(before: Claim, { id, page, token }: Claim, now: number): boolean {
    if (page !== undefined) return before.page === page;
    return before.token === token && !this.#management.isAwaited(id, now);
  }

  #isFull(elsewhere: number): boolean {
    return this.#seats.size + elsewhere >= this.#capacity;
  }

  get #capacity(): number {
    return this.#management.record?.size ?? this.#context.policy.capacity;
  }

  /** In a managed room a peer without a seat is refused. */
  #seatRefusalFor(claim: Claim, now: number): RefusalReason | undefined {
    if (this.#members.isVoid(claim.token)) return 'kicked';
    const refusal = this.#management.refusalFor(claim, now);
    if (refusal !== 'room-full') return refusal;
    this.endSilentPeers(now);
    return this.#management.refusalFor(claim, now);
  }

  /** Gives a seat to a page that asks for one as it joins. @returns why it gets none. */
  #giveSeat(claim: Claim, request: SeatRequest, now: number): RefusalReason | undefined {
    const held = this.#management.seatOf(claim);
    if (held?.isKicked) return this.#management.bans(request) ? 'banned' : 'kicked';
    // PeerJS asks again each time it reconnects.
    if (held !== undefined && this.#seats.find(claim.id) !== undefined) return undefined;
    // The seat with this id is another player's.
    if (held === undefined && this.#management.holds(claim.id)) return 'id-taken';
    const given = this.takeSeat(request, now);
    return typeof given === 'string' ? given : undefined;
  }

  /** Whether a peer may have the id of a connected peer. In a managed room only the holder of its seat may. */
  #mayTakeOver(holder: Claim, claim: Claim): boolean {
    return claim.token === holder.token || claim.isOwner || this.#management.record !== undefined;
  }

  /**
   * Whether a peer may have the id of a peer in its grace period. After a reload the token is another
   * one, so anybody may, unless the id belongs to the owner of a signed token.
   */
  #mayResume(away: Claim, claim: Claim): boolean {
    return this.#mayTakeOver(away, claim) || !away.isOwner;
  }

  /** Frees a seat for a newcomer: that of the peer that has been away longest, else that of a ghost. */
  #giveAwaySeat(now: number): void {
    const [longestAway] = this.#seats.away;
    if (longestAway !== undefined) {
      this.#leaving.tellGone([longestAway.id], now);
      return;
    }
    const ghost = this.#liveness.findGhost(now);
    if (ghost !== undefined) this.#leaving.end(ghost, 'gone', SILENCE, now);
  }
}

/** A reload keeps the place in the order and what the player said of itself, but not the role of host. */
function reloaded(before: Peer<unknown> | undefined): Member | undefined {
  if (before?.member === undefined) return undefined;
  const { seq, name, data } = before.member;
  return { seq, name, data };
}

/** A member, with the name and data that its seat was given with. */
function introduced(member: Member | undefined, seat: Seat | undefined): Member | undefined {
  if (member === undefined || seat === undefined) return member;
  const { name = member.name, data = member.data } = seat;
  return { ...member, name, data };
}

/** Whether two pages keep taking an id from each other. */
function isContested(peer: ConnectedPeer<unknown>, now: number): boolean {
  return recentTakeovers(peer, now).length >= MAX_TAKEOVERS;
}

function recentTakeovers({ takeovers }: ConnectedPeer<unknown>, now: number): number[] {
  return takeovers.filter((at) => now - at < TAKEOVER_WINDOW_MS);
}
