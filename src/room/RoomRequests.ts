import * as v from 'valibot';
import { type RoomRefusal, roomRefusalSentence } from '../protocol/roomRefusals.ts';
import {
  changeEntries,
  type Json,
  peerId,
  RequestError,
  type RoomChange,
  read,
  setEntries,
} from '../protocol/roomRequests.ts';
import type { Announcements } from './Announcements.ts';
import type { Leaving } from './Leaving.ts';
import type { Members } from './Members.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

const REQUEST = v.strictObject({
  ...changeEntries,
  set: v.optional(v.strictObject(setEntries)),
  yield: v.optional(v.literal(true, 'must be true')),
  suspect: v.optional(peerId),
  rid: v.optional(v.custom<Json>(() => true)),
});

/** What a member asks of its room, by the payload of a ROOM frame. */
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
    const rid = (payload as { rid?: Json }).rid;
    try {
      const refusal = this.#carryOut(sender, read(REQUEST, payload), now);
      if (refusal === undefined) this.#members.changed(now);
      else
        this.#announcements.refuse(
          sender,
          rid,
          { type: refusal, msg: roomRefusalSentence(refusal) },
          now,
        );
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#announcements.refuse(sender, rid, { type: 'invalid-request', msg: error.message }, now);
    }
  }

  /**
   * Does what the host asks, by a frame or by HTTP.
   *
   * @returns why it is refused, if it is. Nothing has changed then.
   */
  changeRoom(
    { host, kick, ...managed }: Omit<RoomChange, 'rid'>,
    now: number,
  ): RoomRefusal | undefined {
    if (Object.keys(managed).length > 0) return 'not-managed';
    for (const id of [host, kick]) {
      if (id !== undefined && this.#seats.find(id) === undefined) return 'no-such-peer';
    }
    if (kick !== undefined) this.#kick(kick, now);
    if (host !== undefined && !this.#members.replaceHost(now, 'handed-over', host)) {
      return 'no-such-peer';
    }
    return undefined;
  }

  #carryOut(
    sender: ConnectedPeer<C>,
    { rid: _, set, yield: yields, suspect, ...change }: v.InferOutput<typeof REQUEST>,
    now: number,
  ): RoomRefusal | undefined {
    const isHost = sender.id === this.#members.hostId;
    if (!isHost && (yields || Object.keys(change).length > 0)) return 'not-the-host';
    if (suspect !== undefined) {
      if (this.#seats.find(suspect) === undefined) return 'no-such-peer';
      this.#members.complain(sender.id, suspect, now);
    }
    if (set !== undefined) this.#members.update(sender, set);
    if (yields && !this.#members.replaceHost(now, 'yielded')) return 'no-other-peer';
    return Object.keys(change).length > 0 ? this.changeRoom(change, now) : undefined;
  }

  /** Stock clients close every connection to a peer whose LEAVE they get, and give up at an ERROR. */
  #kick(id: string, now: number): void {
    const peer = this.#seats.find(id);
    if (peer !== undefined) this.#members.voidToken(peer.token);
    if (peer?.state === 'connected') this.#leaving.kick(peer, now);
    else if (peer !== undefined) this.#leaving.tellGone([id], now);
  }
}
