import { POLICY_VIOLATION, REPLACED } from '../protocol/closeCodes.ts';
import { leaveFrame } from '../protocol/messages.ts';
import { type ErrorReason, refusalFrame } from '../protocol/refusals.ts';
import type { Context } from './Context.ts';
import type { Delivery } from './Delivery.ts';
import type { Ending, EndingKind } from './endings.ts';
import type { Management } from './Management.ts';
import type { Members } from './Members.ts';
import { ownMessage } from './Message.ts';
import type { MuteSockets } from './MuteSockets.ts';
import { type Missed, NOTHING_MISSED, type Outgoing } from './Outgoing.ts';
import type { ConnectedPeer, Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import { withoutSocket } from './records.ts';
import type { Seats } from './Seats.ts';

/** How a peer leaves: at once or after a grace period, and who is told. */
export class Leaving<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #mute: MuteSockets<C>;
  readonly #outgoing: Outgoing<C>;
  readonly #delivery: Delivery<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;

  constructor(
    context: Context<C>,
    seats: Seats<C>,
    mute: MuteSockets<C>,
    outgoing: Outgoing<C>,
    delivery: Delivery<C>,
    members: Members<C>,
    management: Management<C>,
  ) {
    this.#context = context;
    this.#seats = seats;
    this.#mute = mute;
    this.#outgoing = outgoing;
    this.#delivery = delivery;
    this.#members = members;
    this.#management = management;
  }

  /** Ends a session from the server's side, and closes its socket. */
  end(peer: ConnectedPeer<C>, kind: EndingKind, ending: Required<Ending>, now: number): void {
    this.leave(peer, kind, ending, now);
    this.#mute.close(peer.connection, ending.code, ending.reason);
  }

  /** Ends the session of a peer that broke a rule, which it is told. */
  expel(peer: ConnectedPeer<C>, reason: ErrorReason, now: number): void {
    this.#outgoing.push(peer, ownMessage(peer.id, refusalFrame(reason), now));
    this.end(peer, 'left', { code: POLICY_VIOLATION, reason }, now);
  }

  /** The host has removed a peer. Its client gives up at the ERROR, and the others close their connections at the LEAVE. */
  kick(peer: Peer<C>, isBanned: boolean, now: number): void {
    const { id, requestId } = peer;
    this.#context.observer.observe({ event: 'peer.kicked', peer: id, requestId, isBanned });
    if (peer.state === 'away') {
      this.tellGone([id], now);
      return;
    }
    this.#outgoing.push(peer, ownMessage(peer.id, refusalFrame('kicked'), now));
    this.end(peer, 'gone', { code: POLICY_VIOLATION, reason: 'kicked' }, now);
    // Even where LEAVE is off for pages that are gone: otherwise the others would stay connected to it.
    if (!this.#context.policy.tellsWhoLeft) this.#tellOthers(id, now);
  }

  /** A peer is no longer connected, though its socket may still be open. */
  leave(peer: ConnectedPeer<C>, kind: EndingKind, ending: Ending, now: number): void {
    const { id, requestId } = peer;
    const { observer, policy } = this.#context;
    const seconds = peer.secondsConnected(now);
    observer.observe({ event: 'peer.left', peer: id, requestId, ...ending, seconds });
    const missed = kind === 'lost' ? this.#outgoing.missedBy(peer, now) : NOTHING_MISSED;
    this.#release(peer, now);
    if (kind === 'lost' && policy.gracePeriod > 0) {
      const until = now + policy.gracePeriod;
      this.#seats.seatAway({ ...withoutSocket(peer), until });
      this.#seats.persistAway();
      this.#members.changed(now);
    } else {
      this.#management.keepMember(peer, now);
      if (kind === 'left') this.#members.left(id, now);
      else this.tellGone([id], now);
    }
    this.#delivery.peerLeft(id, missed, now);
  }

  /**
   * A peer gives its id and its seat to one that joins.
   *
   * @param isReconnect whether the same page joins again. If not, the others get LEAVE for the peer.
   * @returns what the page may have missed, if it is the same.
   */
  giveWay(peer: Peer<C>, isReconnect: boolean, now: number): Missed {
    const missed = isReconnect ? this.#outgoing.missedBy(peer, now) : NOTHING_MISSED;
    if (peer.state === 'connected') {
      this.#release(peer, now);
    } else {
      this.#seats.vacate(peer);
      this.#seats.persistAway();
    }
    if (!isReconnect) {
      this.#management.keepMember(peer, now);
      this.tellGone([peer.id], now);
    }
    if (peer.state === 'connected') this.#mute.close(peer.connection, REPLACED, 'replaced');
    return missed;
  }

  /** Ends every grace period whose time has come. */
  endGracePeriods(now: number): void {
    const { away } = this.#seats;
    this.tellGone(
      away.filter(({ until }) => until <= now).map(({ id }) => id),
      now,
    );
  }

  /**
   * The pages of these peers are gone for good, and their grace periods are over. In a room the others are
   * told, even those that are themselves in a grace period.
   */
  tellGone(gone: readonly string[], now: number): void {
    let isAwayChanged = false;
    for (const id of gone) {
      const peer = this.#seats.find(id);
      if (peer?.state !== 'away') continue;
      this.#management.keepMember(peer, now);
      this.#seats.vacate(peer);
      isAwayChanged = true;
    }
    if (this.#context.policy.tellsWhoLeft) {
      for (const id of gone) isAwayChanged = this.#tellOthers(id, now) || isAwayChanged;
    }
    for (const id of gone) this.#members.left(id, now);
    // Once for all of them: a room of a hundred may lose its network at once.
    if (isAwayChanged) this.#seats.persistAway();
  }

  /** Takes a peer from its socket, which is mute from now on. */
  #release(peer: ConnectedPeer<C>, now: number): void {
    this.#seats.vacate(peer);
    this.#mute.add(peer.connection, now);
  }

  /** @returns whether anybody in a grace period was told. */
  #tellOthers(gone: string, now: number): boolean {
    const frame = leaveFrame(gone);
    // Both lists are read first: a peer that turns out to be lost moves from the one to the other.
    const { connected, away } = this.#seats;
    for (const { id } of connected) {
      if (id !== gone) this.#delivery.deliver(ownMessage(id, frame, now), now);
    }
    for (const { id } of away) {
      const peer = this.#seats.find(id);
      if (peer?.state === 'away') this.#seats.keepMissed(peer, frame);
    }
    return away.length > 0;
  }
}
