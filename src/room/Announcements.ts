import type { Rid } from '../protocol/roomRequests.ts';
import type { Members } from './Members.ts';
import { passingMessage } from './Message.ts';
import type { Outgoing } from './Outgoing.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { RoomViews } from './RoomViews.ts';
import type { Seats } from './Seats.ts';

/** At most ten frames a second for each member. */
const PAUSE_MS = 100;

/**
 * Sends the whole room, at every change, to the members who asked for it. No frame depends on another
 * one, since each has all of it; `v` says which is newer.
 */
export class Announcements<C extends Connection> {
  readonly #seats: Seats<C>;
  readonly #members: Members<C>;
  readonly #outgoing: Outgoing<C>;
  readonly #views: RoomViews<C>;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(seats: Seats<C>, members: Members<C>, outgoing: Outgoing<C>, views: RoomViews<C>) {
    this.#seats = seats;
    this.#members = members;
    this.#outgoing = outgoing;
    this.#views = views;
  }

  /** When `announce` is due. Undefined: never. */
  get nextDeadline(): number | undefined {
    const isDue = this.#members.isChanged && this.#watchers.length > 0;
    return isDue ? this.pausesUntil : undefined;
  }

  /** Until when nothing is announced. */
  get pausesUntil(): number {
    return this.#lastAt + PAUSE_MS;
  }

  /** Sends the room to everybody who asked, unless they got it a moment ago. */
  announce(now: number): void {
    if (!this.#members.isChanged || now < this.pausesUntil) return;
    this.#members.noteTold();
    this.#lastAt = now;
    const { version } = this.#members;
    const behind = this.#watchers.filter(({ toldVersion }) => toldVersion !== version);
    if (behind.length === 0) return;
    const facts = this.#views.ofMembers;
    for (const peer of behind) this.#tell(peer, facts, now);
  }

  /** Sends the room to one member. */
  tell(peer: ConnectedPeer<C>, now: number): void {
    this.#members.beginVersions(now);
    this.#tell(peer, this.#views.ofMembers, now);
  }

  /** Tells a member that its request is refused. */
  refuse(
    peer: ConnectedPeer<C>,
    rid: Rid | undefined,
    error: { readonly type: string; readonly msg: string },
    now: number,
  ): void {
    const frame = JSON.stringify({ type: 'ROOM', payload: { rid, error } });
    this.#outgoing.send(peer, passingMessage(peer.id, frame, now), now);
  }

  get #watchers(): ConnectedPeer<C>[] {
    return this.#seats.connected.filter(({ member }) => member?.isWatching);
  }

  #tell(peer: ConnectedPeer<C>, facts: object, now: number): void {
    const rid = peer.granted;
    peer.granted = undefined;
    peer.toldVersion = this.#members.version;
    const payload = { v: this.#members.version, you: peer.id, rid, ...facts };
    const frame = JSON.stringify({ type: 'ROOM', payload });
    this.#outgoing.send(peer, passingMessage(peer.id, frame, now), now);
  }
}
