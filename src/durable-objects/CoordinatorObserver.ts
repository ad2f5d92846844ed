import type { Logger } from '../log/Logger.ts';
import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import type { RoomEvent, RoomObserver } from '../room/RoomObserver.ts';
import { PerSecond } from '../time/PerSecond.ts';
import type { CoordinatorMetrics } from './CoordinatorMetrics.ts';

/** Lines a second at most of what one peer can cause as often as it likes. The metrics have all. */
const LINES_PER_SECOND = 20;

/** Turns what happens in a room into log lines and counts. */
export class CoordinatorObserver implements RoomObserver {
  readonly #log: Logger;
  readonly #metrics: CoordinatorMetrics | undefined;
  readonly #lines = new PerSecond(LINES_PER_SECOND);

  /** @param metrics undefined where they are off. */
  constructor(log: Logger, metrics: CoordinatorMetrics | undefined) {
    this.#log = log;
    this.#metrics = metrics;
  }

  observe(event: RoomEvent): void {
    this.#metrics?.count(event);
    const { event: name, ...fields } = event;
    switch (name) {
      case 'peer.joined':
      case 'peer.left':
      case 'peer.replaced':
        this.#log.info(name, fields);
        return;
      case 'message.expired':
        if (this.#lines.take(Date.now())) this.#log.info(name, fields);
        return;
      case 'peer.limited':
        if (this.#lines.take(Date.now())) this.#log.warn(name, fields);
        return;
      default:
        name satisfies never;
    }
  }

  offered(): void {
    this.#metrics?.countOffer();
  }

  relayed(type: RelayedType, from: string | undefined, to: string, waited: number): void {
    this.#metrics?.countRelayed(type, waited);
    if (this.#log.isDebug) this.#log.debug('message.relayed', { type, from, peer: to, waited });
  }

  refused(reason: RefusalReason): void {
    this.#metrics?.countRefusal(reason);
  }
}
