import { MAX_PEERS_NAMED, type Snapshot } from '../metrics/Collection.ts';
import { addCounters, noCounters, relayedInAll } from '../metrics/Counters.ts';
import type { LocalRoom } from './LocalRoom.ts';

const RATE_WINDOW_SECONDS = 60;
const MAX_ROOMS_SHOWN = 500;

/** What is counted in this process, and who is connected when somebody looks. */
export class ProcessMetrics {
  readonly counters = noCounters();
  readonly #since = Date.now();
  /** The messages that had been relayed a minute ago, and after each second since. */
  readonly #relayed = [0];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      this.#relayed.push(relayedInAll(this.counters));
      if (this.#relayed.length > RATE_WINDOW_SECONDS) this.#relayed.shift();
    }, 1000);
    this.#timer.unref();
  }

  snapshot(all: Iterable<LocalRoom>): Snapshot {
    const rooms = [...all]
      .map((room) => {
        const peers = room.list();
        return { ...room.path, peerCount: peers.length, peers: peers.slice(0, MAX_PEERS_NAMED) };
      })
      .filter(({ peerCount }) => peerCount > 0)
      .sort((a, b) => b.peerCount - a.peerCount);
    const inLastMinute = relayedInAll(this.counters) - (this.#relayed[0] ?? 0);
    return {
      counters: addCounters(noCounters(), this.counters),
      since: this.#since,
      at: Date.now(),
      rooms: rooms.filter(({ kind }) => kind === 'room').length,
      peers: rooms.reduce((sum, { peerCount }) => sum + peerCount, 0),
      messagesPerSecond: inLastMinute / RATE_WINDOW_SECONDS,
      coordinators: rooms.slice(0, MAX_ROOMS_SHOWN),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
