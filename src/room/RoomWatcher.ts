import type { Logger } from '../log/Logger.ts';
import { LINES_PER_SECOND } from '../log/logRate.ts';
import { type Counters, countRelayed } from '../metrics/Counters.ts';
import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import { PerSecond } from '../time/PerSecond.ts';
import type { RoomEvent, RoomObserver } from './RoomObserver.ts';

/** What clients can cause with every frame. */
const OFTEN: readonly RoomEvent['event'][] = ['message.expired', 'peer.limited', 'host.changed'];

/** Turns what happens in a room into log lines and counts. */
export class RoomWatcher implements RoomObserver {
  readonly #log: Logger;
  readonly #counters: Counters;
  /** For each peer that has joined or left. */
  readonly #onPeersChanged: (() => void) | undefined;
  /** Undefined until something is written that happens often. */
  #lines: PerSecond | undefined;

  constructor(log: Logger, counters: Counters, onPeersChanged?: () => void) {
    this.#log = log;
    this.#counters = counters;
    this.#onPeersChanged = onPeersChanged;
  }

  observe(happened: RoomEvent): void {
    const { event } = happened;
    if (event === 'peer.joined') this.#counters.connections += 1;
    if (event === 'peer.replaced') this.#counters.takeovers += 1;
    if (event === 'room.made') this.#counters.roomsMade += 1;
    if (event === 'room.started') this.#counters.matches += 1;
    if (event === 'peer.kicked') this.#counters.kicks += 1;
    if (event === 'host.changed') this.#counters.hostChanges[happened.cause] += 1;
    if (event === 'message.expired') this.#counters.expired += 1;
    if (event === 'peer.joined' || event === 'peer.left') this.#onPeersChanged?.();
    if (OFTEN.includes(event) && !this.#mayWrite()) return;
    this.#log[event === 'peer.limited' ? 'warn' : 'info'](event, happened);
  }

  #mayWrite(): boolean {
    this.#lines ??= new PerSecond(LINES_PER_SECOND);
    return this.#lines.take(Date.now());
  }

  offered(): void {
    this.#counters.offers += 1;
  }

  relayed(type: RelayedType, from: string | undefined, to: string, waited: number): void {
    countRelayed(this.#counters, type, waited);
    if (this.#log.isDebug) this.#log.debug('message.relayed', { type, from, peer: to, waited });
  }

  dropped(reason: RefusalReason): void {
    this.#counters.refusals[reason] += 1;
  }
}
