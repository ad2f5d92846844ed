import {
  MAX_PEERS_NAMED,
  MAX_PLACES_SHOWN,
  type Place,
  pointOf,
  RATE_WINDOW_SECONDS,
  type Snapshot,
} from '../metrics/Collection.ts';
import { addCounters, noCounters, relayedInAll } from '../metrics/Counters.ts';
import { LastHour } from '../metrics/LastHour.ts';
import { managedFactsOf } from '../room/managedFacts.ts';
import type { LocalRoom } from './LocalRoom.ts';

/** What is counted in this process, and who is connected when somebody looks. */
export class ProcessMetrics {
  readonly counters = noCounters();
  readonly #since = Date.now();
  /** How many messages had been passed on a minute ago, and after each second since. */
  readonly #relayed = [0];
  readonly #lastHour = new LastHour();
  readonly #rooms: () => Iterable<LocalRoom>;
  readonly #timer: NodeJS.Timeout;

  constructor(rooms: () => Iterable<LocalRoom>) {
    this.#rooms = rooms;
    this.#timer = setInterval(() => {
      this.#relayed.push(relayedInAll(this.counters));
      if (this.#relayed.length > RATE_WINDOW_SECONDS) this.#relayed.shift();
      this.#lastHour.change(Date.now(), () => pointOf(this.#sums(this.#places())));
    }, 1000);
    this.#timer.unref();
  }

  snapshot(): Snapshot {
    const now = Date.now();
    const places = this.#places().sort((a, b) => b.peerCount - a.peerCount);
    const sums = this.#sums(places);
    const inLastMinute = relayedInAll(this.counters) - (this.#relayed[0] ?? 0);
    return {
      ...sums,
      since: this.#since,
      at: now,
      messagesPerSecond: inLastMinute / RATE_WINDOW_SECONDS,
      coordinators: places.slice(0, MAX_PLACES_SHOWN),
      history: this.#lastHour.points(now, pointOf(sums)),
    };
  }

  #places(): Place[] {
    return [...this.#rooms()]
      .map((room) => {
        const peers = room.list();
        const named = peers.slice(0, MAX_PEERS_NAMED);
        const managed = managedFactsOf(room.describe());
        return { ...room.path, peerCount: peers.length, peers: named, ...managed };
      })
      .filter(({ peerCount }) => peerCount > 0);
  }

  #sums(places: readonly Place[]) {
    return {
      counters: addCounters(noCounters(), this.counters),
      rooms: places.filter(({ kind }) => kind === 'room').length,
      peers: places.reduce((sum, { peerCount }) => sum + peerCount, 0),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
