import type { PeerPath } from '../protocol/peerPath.ts';
import { addCounters, type Counters, noCounters, refusedInAll, relayedInAll } from './Counters.ts';
import { LastHour, type Point } from './LastHour.ts';
import { linksInAll } from './LinkCounters.ts';

/**
 * A room, a realm or a shard of one, and who is connected there: how many, and the first
 * `MAX_PEERS_NAMED` ids.
 */
export interface Place extends Pick<PeerPath, 'name' | 'kind'> {
  readonly peerCount: number;
  readonly peers: readonly string[];
  /** Of a room that was made by HTTP. */
  readonly managed?: ManagedFacts;
}

/** What an operator may know of a managed room, as of its last report. */
export interface ManagedFacts {
  readonly size: number;
  readonly locked: boolean;
  /** The id of the host. */
  readonly host: string | null;
}

/** A coordinator as it is now, and what it counted since its last report. */
export interface CoordinatorReport extends Place {
  readonly counters: Counters;
}

/** What `/metrics` shows, before it is put into a format. */
export interface Snapshot {
  readonly counters: Counters;
  /** When counting began, in milliseconds since the epoch, as is `at`. */
  readonly since: number;
  readonly at: number;
  readonly rooms: number;
  readonly peers: number;
  readonly messagesPerSecond: number;
  /** The `MAX_PLACES_SHOWN` with the most peers. */
  readonly coordinators: readonly Place[];
  /** The last hour. */
  readonly history: readonly Point[];
}

/** `changedAt`: when it was written. */
type Base = Pick<Snapshot, 'since' | 'counters'> & { changedAt?: number };
type Sums = Pick<Snapshot, 'rooms' | 'peers' | 'counters'>;
type Entry = CoordinatorReport & { seenAt: number };
type Store = { put(key: string, row: unknown): unknown; delete(key: string): unknown };

/** The most ids that a snapshot has of one place. */
export const MAX_PEERS_NAMED = 100;
/** The most places that a snapshot has: those with the most peers. */
export const MAX_PLACES_SHOWN = 500;
/** A coordinator that has sent no report for so many milliseconds is asked for one. */
const SEEN_FOR_MS = 10 * 60_000;
/** How many are asked at one time. On the free plan, one request may make 50 calls. */
const MAX_ASKED = 40;
/** `messagesPerSecond` is the mean of this time. */
export const RATE_WINDOW_SECONDS = 60;

const BASE = 'base';
const PLACE = 'place:';
const HISTORY = 'history';

/**
 * Adds up all reports, and keeps the sums in a store: a collector that nobody calls is evicted, while
 * rooms sleep on and report nothing. A report writes one row, its coordinator's. The one after the
 * last peer has left deletes that row and adds it to the base: two rows. Once a minute there is one
 * more, with the last hour.
 */
export class Collection {
  readonly #store: Store;
  readonly #entries = new Map<string, Entry>();
  /** What was counted in rooms and realms that are empty now. */
  readonly #base: Base;
  /** Messages that were reported in each second of the last minute. */
  readonly #recent = new Map<number, number>();
  readonly #lastHour: LastHour;

  /** @param stored all that is in the store. An older version may have counted less. */
  constructor(store: Store, stored: ReadonlyMap<string, unknown>, now: number) {
    this.#store = store;
    for (const [key, row] of stored as ReadonlyMap<string, Entry>) {
      const counters = addCounters(noCounters(), row.counters);
      if (key.startsWith(PLACE)) this.#entries.set(row.name, { ...row, counters });
    }
    const base = stored.get(BASE) as Base | undefined;
    this.#base = { since: base?.since ?? now, counters: addCounters(noCounters(), base?.counters) };
    if (base === undefined) store.put(BASE, this.#base);
    const changes = [...this.#entries.values()].map(({ seenAt }) => seenAt);
    const changedAt = Math.max(base?.changedAt ?? Number.NEGATIVE_INFINITY, ...changes);
    this.#lastHour = new LastHour(stored.get(HISTORY) as Point[] | undefined, changedAt);
  }

  report(report: CoordinatorReport, now: number): void {
    const isNoted = this.#lastHour.change(now, () => pointOf(this.#sums()));
    if (isNoted) this.#store.put(HISTORY, this.#lastHour.noted);
    const { name, peerCount } = report;
    const before = this.#entries.get(name)?.counters ?? noCounters();
    const entry = { ...report, counters: addCounters(before, report.counters), seenAt: now };
    this.#messagesPerSecond(now, relayedInAll(report.counters));
    if (peerCount > 0) {
      this.#entries.set(name, entry);
      this.#store.put(PLACE + name, entry);
    } else {
      if (this.#entries.delete(name)) this.#store.delete(PLACE + name);
      addCounters(this.#base.counters, entry.counters);
      this.#base.changedAt = now;
      this.#store.put(BASE, this.#base);
    }
  }

  /**
   * The coordinators to ask for a report, since they sent none for ten minutes. Most sleep with their
   * peers connected; some are gone, since a deploy has closed their sockets and nobody has come back.
   */
  unseen(now: number): string[] {
    const unseen = [...this.#entries.values()]
      // Also those in the future: the clock may have been set back.
      .filter(({ seenAt }) => Math.abs(now - seenAt) >= SEEN_FOR_MS)
      .slice(0, MAX_ASKED);
    for (const entry of unseen) entry.seenAt = now;
    return unseen.map(({ name }) => name);
  }

  snapshot(now: number): Snapshot {
    const sums = this.#sums();
    const coordinators = [...this.#entries.values()]
      .map(({ counters: _, seenAt: __, ...place }): Place => place)
      .sort((a, b) => b.peerCount - a.peerCount);
    return {
      ...sums,
      since: this.#base.since,
      at: now,
      messagesPerSecond: this.#messagesPerSecond(now),
      coordinators: coordinators.slice(0, MAX_PLACES_SHOWN),
      history: this.#lastHour.points(now, pointOf(sums)),
    };
  }

  #sums(): Sums {
    const counters = addCounters(noCounters(), this.#base.counters);
    let rooms = 0;
    let peers = 0;
    for (const entry of this.#entries.values()) {
      addCounters(counters, entry.counters);
      if (entry.kind === 'room') rooms += 1;
      peers += entry.peerCount;
    }
    return { counters, rooms, peers };
  }

  /** In the last minute, with `more` that are reported now. */
  #messagesPerSecond(now: number, more = 0): number {
    const second = Math.floor(now / 1000);
    this.#recent.set(second, (this.#recent.get(second) ?? 0) + more);
    // A second in the future was counted before the clock was set back.
    for (const at of this.#recent.keys()) {
      if (at > second || at <= second - RATE_WINDOW_SECONDS) this.#recent.delete(at);
    }
    return [...this.#recent.values()].reduce((sum, count) => sum + count) / RATE_WINDOW_SECONDS;
  }
}

/** What the last hour keeps of the present. */
export function pointOf({ counters, rooms, peers }: Sums): Omit<Point, 'at'> {
  const { connections, wakes, links } = counters;
  const [relayed, refusals] = [relayedInAll(counters), refusedInAll(counters)];
  return { rooms, peers, connections, relayed, refusals, wakes, ...linksInAll(links) };
}
