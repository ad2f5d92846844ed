import type { Context } from './Context.ts';
import type { Listing } from './Listing.ts';
import type { RoomView } from './ManagedRooms.ts';
import type { Management } from './Management.ts';
import type { Members } from './Members.ts';
import type { Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** What a room is, for its members, for those who ask by HTTP, and for strangers. */
export class RoomViews<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;
  /** What strangers were last told. Undefined: nothing since the room came into memory. */
  #listed: string | undefined;

  constructor(
    context: Context<C>,
    seats: Seats<C>,
    members: Members<C>,
    management: Management<C>,
  ) {
    this.#context = context;
    this.#seats = seats;
    this.#members = members;
    this.#management = management;
  }

  /** For members, in a ROOM frame. */
  get ofMembers() {
    const { hostId, term, all } = this.#members;
    const { record } = this.#management;
    return {
      host: hostId ?? null,
      term,
      size: record?.size ?? this.#context.policy.capacity,
      ...(record !== undefined && {
        locked: record.locked,
        started: record.started,
        meta: record.meta,
        state: record.state,
      }),
      peers: all.map((peer) => this.#describe(peer)),
    };
  }

  /** For those who ask by HTTP. Undefined where nobody made the room. */
  view(now: number): RoomView | undefined {
    const { record } = this.#management;
    if (record === undefined) return undefined;
    const { game, code, size, locked, started, isPublic, password, meta, state } = record;
    const members = this.#members.all.map(({ id }) => id);
    const awaited = this.#management.awaited(now).map(({ id }) => id);
    const ids = [...members, ...awaited];
    return {
      ...{ game, code, size, taken: ids.length, locked, started, isPublic },
      hasPassword: password !== undefined,
      ...{ meta, state },
      host: this.#members.hostId ?? null,
      term: this.#members.term,
      peers: ids.map((id) => ({ id, name: this.#nameOf(id) })),
      createdAt: this.#context.clock.toWall(record.createdAt),
    };
  }

  /**
   * For strangers. Undefined where there is nothing for them, and where they know it.
   *
   * @param record of the room that is over, if it is.
   */
  takeListing(now: number, over = this.#management.record): Listing | undefined {
    if (over === undefined) return undefined;
    const { game, code, size, isPublic, matchMode, locked, password, meta, createdAt } = over;
    const isListed = isPublic || matchMode !== undefined;
    if (!isListed && this.#listed === undefined) return undefined;
    const { hostId } = this.#members;
    const { clock } = this.#context;
    const listing: Listing = {
      ...{ game, code, size, isPublic, matchMode, locked, meta },
      inUse: this.#seats.size,
      reservedUntil: this.#management
        .awaited(now)
        .map(({ awaitedUntil = now }) => clock.toWall(awaitedUntil)),
      hasPassword: password !== undefined,
      hostName: hostId === undefined ? '' : this.#nameOf(hostId),
      createdAt: clock.toWall(createdAt),
      isOver: this.#management.record === undefined,
    };
    const text = JSON.stringify(listing);
    if (text === this.#listed) return undefined;
    this.#listed = isListed ? text : undefined;
    return listing;
  }

  #describe(peer: Peer<C>) {
    const { name = '', ready = false, data = {}, seq = 0 } = peer.member ?? {};
    return { id: peer.id, seq, name, ready, away: this.#members.isAway(peer), data };
  }

  #nameOf(id: string): string {
    return this.#seats.find(id)?.member?.name ?? this.#management.seat(id)?.name ?? '';
  }
}
