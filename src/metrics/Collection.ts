import type { PeerPath } from '../protocol/peerPath.ts';
import { addCounters, type Counters, noCounters, relayedInAll } from './Counters.ts';

/** Who is connected at a coordinator. */
export interface Presence {
  /** Of all peers. */
  readonly peerCount: number;
  /** The ids of the first `MAX_PEERS_NAMED`: a realm may have thousands, and nobody reads them. */
  readonly peers: readonly string[];
}

/** What a coordinator tells the collector. */
export interface CoordinatorReport {
  /** The name of the coordinator. */
  readonly name: string;
  readonly kind: PeerPath['kind'];
  readonly presence: Presence;
  /** What was counted since the report before. */
  readonly counters: Counters;
}

/** What `/metrics` shows, before it is put into a format. */
export interface Snapshot {
  readonly counters: Counters;
  /** When counting began, in milliseconds since the epoch. */
  readonly since: number;
  readonly at: number;
  readonly rooms: number;
  readonly peers: number;
  readonly messagesPerSecond: number;
  /** The coordinators with the most peers: `MAX_COORDINATORS_SHOWN` of them at most. */
  readonly coordinators: readonly (Presence & {
    readonly name: string;
    readonly kind: PeerPath['kind'];
  })[];
}

/**
 * Where the collection is kept: what the storage of a Durable Object offers. Nobody has to wait for
 * a write: the runtime lets nothing out before it is done, and restarts the object if it fails.
 */
export interface CollectionStore {
  put(key: string, value: unknown): unknown;
  delete(key: string): unknown;
}

interface Entry {
  readonly kind: PeerPath['kind'];
  presence: Presence;
  /** When the coordinator last reported, or was last asked. */
  seenAt: number;
  /** All that was counted there since its first peer came. */
  readonly counters: Counters;
}

interface Base {
  readonly since: number;
  /** Of the coordinators that are empty now, and of the Worker. */
  readonly counters: Counters;
}

export const MAX_PEERS_NAMED = 100;
const MAX_COORDINATORS_SHOWN = 500;

/** After so long without a report, in milliseconds, a coordinator is asked whether it has peers. */
const SEEN_FOR_MS = 10 * 60_000;
/** How many are asked at one time: less than the 50 calls that one request of a free plan may make. */
const MAX_ASKED = 40;

const RATE_WINDOW_MS = 60_000;

const BASE = 'base';
const COORDINATOR = 'coordinator:';

/**
 * All reports put together.
 *
 * It is stored, because a collector that nobody has called for a minute or two is evicted, while
 * the rooms it knows of sleep on and have nothing to report. A report costs one row: the
 * coordinator's own, with what was counted there. When its last peer has left that row is deleted
 * and the sum of all such coordinators is written: two rows.
 */
export class Collection {
  readonly #store: CollectionStore;
  readonly #entries = new Map<string, Entry>();
  readonly #base: Base;
  /** Messages reported in each second of the last minute. Lost with the memory, after a pause. */
  readonly #recent: { readonly second: number; messages: number }[] = [];

  /** @param stored all that is in the store. */
  constructor(store: CollectionStore, stored: ReadonlyMap<string, unknown>, now: number) {
    this.#store = store;
    let base: Base | undefined;
    for (const [key, value] of stored) {
      if (key === BASE) base = complete(value as Base);
      else this.#entries.set(key.slice(COORDINATOR.length), complete(value as Entry));
    }
    this.#base = base ?? { since: now, counters: noCounters() };
    if (base === undefined) store.put(BASE, this.#base);
  }

  /** Takes in what a coordinator reports. */
  report({ name, kind, presence, counters }: CoordinatorReport, now: number): void {
    const entry = this.#entries.get(name) ?? {
      kind,
      presence,
      seenAt: now,
      counters: noCounters(),
    };
    entry.presence = presence;
    entry.seenAt = now;
    addCounters(entry.counters, counters);
    this.#countRate(counters, now);
    this.#keep(name, entry);
  }

  /** Takes in what was counted where there is no coordinator. */
  count(counters: Counters): void {
    addCounters(this.#base.counters, counters);
    this.#store.put(BASE, this.#base);
  }

  /**
   * The coordinators to ask whether they still have peers, the longest unseen first: those that
   * have said nothing for ten minutes. Most of them sleep with their peers connected, but some are
   * gone: a deploy ends their sockets, and they are never called again to say so. They count as
   * asked from now on.
   */
  unseen(now: number): string[] {
    // The clock may have been set back meanwhile.
    for (const entry of this.#entries.values()) entry.seenAt = Math.min(entry.seenAt, now);
    const unseen = [...this.#entries]
      .filter(([, { seenAt }]) => now - seenAt >= SEEN_FOR_MS)
      .sort(([, a], [, b]) => a.seenAt - b.seenAt)
      .slice(0, MAX_ASKED);
    for (const [, entry] of unseen) entry.seenAt = now;
    return unseen.map(([name]) => name);
  }

  /** Takes in what a coordinator that was asked at `askedAt` has answered. */
  correct(name: string, presence: Presence, askedAt: number): void {
    const entry = this.#entries.get(name);
    // It has reported meanwhile, which is newer.
    if (entry === undefined || entry.seenAt !== askedAt) return;
    const hasChanged = presence.peerCount !== entry.presence.peerCount;
    entry.presence = presence;
    if (hasChanged) this.#keep(name, entry);
  }

  snapshot(now: number): Snapshot {
    const counters = noCounters();
    addCounters(counters, this.#base.counters);
    let rooms = 0;
    let peers = 0;
    for (const entry of this.#entries.values()) {
      addCounters(counters, entry.counters);
      peers += entry.presence.peerCount;
      if (entry.kind === 'room') rooms += 1;
    }
    this.#forgetOld(now);
    const messages = this.#recent.reduce((sum, second) => sum + second.messages, 0);
    return {
      counters,
      since: this.#base.since,
      at: now,
      rooms,
      peers,
      messagesPerSecond: messages / (RATE_WINDOW_MS / 1000),
      coordinators: [...this.#entries]
        .map(([name, { kind, presence }]) => ({ name, kind, ...presence }))
        .sort((a, b) => b.peerCount - a.peerCount)
        .slice(0, MAX_COORDINATORS_SHOWN),
    };
  }

  #keep(name: string, entry: Entry): void {
    const key = COORDINATOR + name;
    if (entry.presence.peerCount > 0) {
      this.#entries.set(name, entry);
      this.#store.put(key, entry);
      return;
    }
    if (this.#entries.delete(name)) this.#store.delete(key);
    this.count(entry.counters);
  }

  #countRate(counters: Counters, now: number): void {
    this.#forgetOld(now);
    const messages = relayedInAll(counters);
    const second = Math.floor(now / 1000);
    const last = this.#recent.at(-1);
    if (last?.second === second) last.messages += messages;
    else this.#recent.push({ second, messages });
  }

  #forgetOld(now: number): void {
    const first = Math.floor((now - RATE_WINDOW_MS) / 1000) + 1;
    while ((this.#recent[0]?.second ?? first) < first) this.#recent.shift();
    // What was counted before the clock was set back.
    while ((this.#recent.at(-1)?.second ?? 0) > now / 1000) this.#recent.pop();
  }
}

/** What an older version has stored may lack what is counted now. */
function complete<Stored extends { readonly counters: Counters }>(stored: Stored): Stored {
  const counters = noCounters();
  addCounters(counters, stored.counters);
  return { ...stored, counters };
}
