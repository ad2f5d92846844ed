import type { Context } from './Context.ts';
import type { Listing } from './Listing.ts';
import type { RoomView } from './ManagedRooms.ts';
import type { Management } from './Management.ts';
import type { Members } from './Members.ts';
import type { ManagedRecord } from './managedRecord.ts';
import type { Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** What strangers know of a room that is locked. */
const LOCKED = 'locked';

/** What a room is, for its members, for those who ask by HTTP, and for strangers. */
export class RoomViews<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #members: Members<C>;
  readonly #management: Management<C>;
  /** What strangers were last told, as JSON. Undefined: nothing. Empty: hibernation has lost it. */
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
    };
  }

  /** A managed room was restored after a hibernation. */
  restored(): void {
    const { record } = this.#management;
    if (record !== undefined && isListed(record)) this.#listed = '';
  }

  /**
   * What strangers do not know yet. Undefined if there is nothing. The end of a room is always told,
   * since its code is free again.
   *
   * @param over the record of a room that has ended.
   */
  takeListing(now: number, over?: ManagedRecord): Listing | undefined {
    const record = over ?? this.#management.record;
    if (record === undefined) return undefined;
    if (over === undefined && !isListed(record) && this.#listed === undefined) return undefined;
    const listing = this.#listing(record, now);
    // Strangers need not know who comes and goes in a room that is locked.
    const text = record.locked && over === undefined ? LOCKED : JSON.stringify(listing);
    if (text === this.#listed) return undefined;
    this.#listed = isListed(record) ? text : undefined;
    return listing;
  }

  /** What strangers may know. Undefined where nobody made the room. */
  listing(now: number): Listing | undefined {
    const { record } = this.#management;
    return record && this.#listing(record, now);
  }

  #listing(record: ManagedRecord, now: number): Listing {
    const { game, code, size, isPublic, matchMode, locked, password, meta, createdAt } = record;
    const { hostId } = this.#members;
    const { clock } = this.#context;
    return {
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
  }

  #describe(peer: Peer<C>) {
    const { name = '', ready = false, data = {}, seq = 0 } = peer.member ?? {};
    return { id: peer.id, seq, name, ready, away: this.#members.isAway(peer), data };
  }

  #nameOf(id: string): string {
    return this.#seats.find(id)?.member?.name ?? this.#management.seat(id)?.name ?? '';
  }
}

/** Whether strangers can find the room. */
function isListed({ isPublic, matchMode }: ManagedRecord): boolean {
  return isPublic || matchMode !== undefined;
}
