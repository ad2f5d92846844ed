import { type RoomRefusal, roomRefusalSentence } from '../protocol/roomRefusals.ts';
import {
  type Json,
  RequestError,
  type RoomRequest,
  readRoomRequest,
} from '../protocol/roomRequests.ts';
import type { Announcements } from './Announcements.ts';
import type { Leaving } from './Leaving.ts';
import type { Members } from './Members.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** What members ask of their room by ROOM frames. */
export class RoomRequests<C extends Connection> {
  readonly #seats: Seats<C>;
  readonly #members: Members<C>;
  readonly #announcements: Announcements<C>;
  readonly #leaving: Leaving<C>;

  constructor(
    seats: Seats<C>,
    members: Members<C>,
    announcements: Announcements<C>,
    leaving: Leaving<C>,
  ) {
    this.#seats = seats;
    this.#members = members;
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
    const { rid } = payload as { rid?: Json };
    try {
      const refusal = this.#carryOut(sender, readRoomRequest(payload), now);
      if (refusal === undefined) this.#members.changed(now);
      else this.#refuse(sender, rid, refusal, roomRefusalSentence(refusal), now);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#refuse(sender, rid, 'invalid-request', error.message, now);
    }
  }

  /** @returns why the request is refused, if it is. Nothing has changed then. */
  #carryOut(
    sender: ConnectedPeer<C>,
    { set, suspect, yield: yields, host, kick }: RoomRequest,
    now: number,
  ): RoomRefusal | undefined {
    const isHost = sender.id === this.#members.hostId;
    const isOfHost = yields !== undefined || host !== undefined || kick !== undefined;
    if (isOfHost && !isHost) return 'not-the-host';
    if (suspect !== undefined && this.#seats.find(suspect) === undefined) return 'no-such-peer';
    if (kick !== undefined && this.#seats.find(kick) === undefined) return 'no-such-peer';
    if (host !== undefined && this.#seats.find(host)?.state !== 'connected') return 'no-such-peer';
    if (yields && !this.#members.replaceHost(now, 'yielded')) return 'no-other-peer';

    if (set !== undefined) this.#members.update(sender, set);
    if (suspect !== undefined) this.#members.complain(sender.id, suspect, now);
    if (host !== undefined) this.#members.replaceHost(now, 'handed-over', host);
    if (kick !== undefined) this.#kick(kick, now);
    return undefined;
  }

  /** Stock clients close every connection to a peer whose LEAVE they get, and give up at an ERROR. */
  #kick(id: string, now: number): void {
    const peer = this.#seats.find(id);
    if (peer === undefined) return;
    this.#members.voidToken(peer.token);
    if (peer.state === 'connected') this.#leaving.kick(peer, now);
    else this.#leaving.tellGone([id], now);
  }

  #refuse(
    peer: ConnectedPeer<C>,
    rid: Json | undefined,
    type: RoomRefusal | 'invalid-request',
    msg: string,
    now: number,
  ): void {
    this.#announcements.refuse(peer, rid, { type, msg }, now);
  }
}
