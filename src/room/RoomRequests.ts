import type { RoomRefusal } from '../protocol/roomRefusals.ts';
import {
  RequestError,
  type RoomRequest,
  readRoomRequest,
  ridOf,
} from '../protocol/roomRequests.ts';
import type { Announcements } from './Announcements.ts';
import type { Leaving } from './Leaving.ts';
import { type RoomError, roomError } from './ManagedRooms.ts';
import type { Management } from './Management.ts';
import type { Members } from './Members.ts';
import type { ManagedChange } from './managedRecord.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** Carries out the requests of members by ROOM frames, and those of the host by HTTP. */
export class RoomRequests<C extends Connection> {
  readonly #seats: Seats<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;
  readonly #announcements: Announcements<C>;
  readonly #leaving: Leaving<C>;

  constructor(
    seats: Seats<C>,
    members: Members<C>,
    management: Management<C>,
    announcements: Announcements<C>,
    leaving: Leaving<C>,
  ) {
    this.#seats = seats;
    this.#members = members;
    this.#management = management;
    this.#announcements = announcements;
    this.#leaving = leaving;
  }

  /** Handles a ROOM frame. One without a payload asks to be told of the room from now on. */
  handle(sender: ConnectedPeer<C>, payload: unknown, now: number): void {
    if (payload === undefined || payload === null) {
      if (sender.member?.isWatching !== true) this.#members.update(sender, { isWatching: true });
      this.#announcements.tell(sender, now);
      return;
    }
    const rid = ridOf(payload);
    const error = answered(() => this.#carryOut(sender, readRoomRequest(payload), now));
    if (error !== undefined) this.#announcements.refuse(sender, rid, error, now);
    else {
      if (rid !== undefined) sender.granted = rid;
      this.#members.changed(now);
    }
  }

  /**
   * Changes the room as its host asks.
   *
   * @returns why it is refused, if it is. Nothing has changed then.
   */
  change(change: ManagedChange, now: number): RoomError | undefined {
    const error = answered(() => this.#refusalOf(change) ?? this.#change(change, now));
    if (error === undefined) this.#members.changed(now);
    return error;
  }

  #carryOut(
    sender: ConnectedPeer<C>,
    { rid: _, set, suspect, yield: yields, ...change }: RoomRequest,
    now: number,
  ): RoomRefusal | undefined {
    const isOfHost = yields !== undefined || Object.keys(change).length > 0;
    if (isOfHost && sender.id !== this.#members.hostId) return 'not-the-host';
    if (suspect !== undefined && this.#seats.find(suspect) === undefined) return 'no-such-peer';
    const refusal = this.#refusalOf(change);
    if (refusal !== undefined) return refusal;
    if (yields && !this.#members.replaceHost(now, 'yielded')) return 'no-other-peer';

    this.#change(change, now);
    if (set !== undefined) this.#members.update(sender, set);
    if (suspect !== undefined) this.#members.complain(sender.id, suspect, now);
    return undefined;
  }

  #refusalOf({ host, kick, ban, ...managed }: ManagedChange): RoomRefusal | undefined {
    const isManaged = this.#management.record !== undefined;
    const needsManagement = ban !== undefined || Object.keys(managed).length > 0;
    if (needsManagement && !isManaged) return 'not-managed';
    if (host !== undefined && this.#seats.find(host)?.state !== 'connected') return 'no-such-peer';
    for (const id of [kick, ban]) {
      if (id === undefined) continue;
      if (this.#seats.find(id) === undefined && !this.#management.holds(id)) return 'no-such-peer';
    }
    return undefined;
  }

  /** @throws {RequestError} before anything has changed. */
  #change({ host, kick, ban, ...managed }: ManagedChange, now: number): undefined {
    this.#management.change(managed);
    if (host !== undefined) this.#members.replaceHost(now, 'handed-over', host);
    if (kick !== undefined) this.#remove(kick, false, now);
    if (ban !== undefined) this.#remove(ban, true, now);
  }

  /** Stock clients close every connection to a peer whose LEAVE they get, and give up at an ERROR. */
  #remove(id: string, isBan: boolean, now: number): void {
    const peer = this.#seats.find(id);
    if (this.#management.record !== undefined) this.#management.remove(id, isBan);
    else if (peer !== undefined) this.#members.voidToken(peer.token);
    if (peer === undefined) this.#members.lookForHost(now);
    else this.#leaving.kick(peer, isBan, now);
  }
}

/** Carries out a request. @returns the error that answers it, if it is refused or not valid. */
function answered(carryOut: () => RoomRefusal | undefined): RoomError | undefined {
  try {
    const type = carryOut();
    return type === undefined ? undefined : roomError(type);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { type: 'invalid-request', msg: error.message };
  }
}
