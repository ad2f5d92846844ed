import type { Logger } from '../log/Logger.ts';
import type { CoordinatorReport } from '../metrics/Collection.ts';
import { addCounters, type Counters, countRelayed, noCounters } from '../metrics/Counters.ts';
import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import type { RoomEvent } from '../room/RoomObserver.ts';
import { PerSecond } from '../time/PerSecond.ts';
import { metricsCollector } from './MetricsCollector.ts';

/** Milliseconds from a join or leave to its report, and so the least between two reports. */
const REPORT_DELAY_MS = 2000;

/** Of candidates, which are most of what is relayed, so many may go uncounted at a hibernation. */
const CANDIDATES_PER_SAVE = 8;

/** What one flood of offers may cost; a save takes a microsecond or two. */
const SAVES_PER_SECOND = 20;

/** What the metrics need of the coordinator that they are of. */
export interface Counted {
  /** What it is, and who is connected now. */
  describe(): Omit<CoordinatorReport, 'counters'>;
  /** A socket that a peer speaks on, if there is one. */
  someSocket(): WebSocket | undefined;
  /**
   * Writes the attachment of a socket anew, with what is `carriedOn` it.
   *
   * @returns false if nobody speaks on it any more.
   */
  rewrite(socket: WebSocket): boolean;
}

/**
 * Counts what happens at one coordinator, and reports it.
 *
 * A join or a leave starts one timer, and the report goes out 2 s later: a group that comes together
 * is one report, and the handshakes that a join sets off are mostly in it. The timer holds the
 * coordinator awake for those 2 s, which is the dearest part of all this. So nothing else starts
 * it: no message does, and neither does a wake.
 *
 * What is counted after that waits for the next join or leave, and must survive hibernation. It is
 * put on one of the sockets: an attachment costs some microseconds and no money, where a report
 * costs a request and a row. Nothing tells us that a hibernation is near, so that happens at once,
 * at what is rare (a wake, an offer, an answer, an EXPIRE), and at every eighth candidate.
 */
export class CoordinatorMetrics {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #log: Logger;
  readonly #coordinator: Counted;
  #counters = noCounters();
  /** Candidates relayed at once that `#counters` does not have yet. */
  #candidates = 0;
  #isReportDue = false;
  #mustSave = true;
  readonly #saves = new PerSecond(SAVES_PER_SECOND);
  /** The socket that has what is unreported in its attachment. */
  #carrier: WebSocket | undefined;

  constructor(ctx: DurableObjectState, env: Env, log: Logger, coordinator: Counted) {
    this.#ctx = ctx;
    this.#env = env;
    this.#log = log;
    this.#coordinator = coordinator;
    this.#counters.wakes = 1;
  }

  /** Takes up what a socket has carried through hibernation: once, when its peer is put back. */
  restore(socket: WebSocket, unreported: Counters): void {
    addCounters(this.#counters, unreported);
    this.#carrier ??= socket;
  }

  count(event: RoomEvent): void {
    switch (event.event) {
      case 'peer.joined':
        this.#counters.connections += 1;
        this.#reportSoon();
        return;
      case 'peer.left':
        this.#reportSoon();
        return;
      case 'peer.replaced':
        this.#counters.takeovers += 1;
        return;
      case 'message.expired':
        this.#counters.expired += 1;
        this.#mustSave = true;
        return;
      case 'peer.limited':
        return;
      default:
        event satisfies never;
    }
  }

  countOffer(): void {
    this.#counters.offers += 1;
    this.#mustSave = true;
  }

  countRelayed(type: RelayedType, waited: number): void {
    if (type === 'CANDIDATE' && waited === 0) {
      // Most of what is relayed. Between two messages the processor's caches forget our memory, so
      // that what counts is how little of it is touched: here one number.
      this.#candidates += 1;
      if (this.#candidates % CANDIDATES_PER_SAVE === 0) this.#mustSave = true;
      return;
    }
    countRelayed(this.#counters, type, waited);
    this.#mustSave = true;
  }

  countRefusal(reason: RefusalReason): void {
    this.#counters.refusals[reason] += 1;
  }

  /** A timer of the coordinator has ended, which kept it in memory for so many milliseconds. */
  countPending(milliseconds: number): void {
    this.#counters.pending += Math.max(0, milliseconds);
    this.#mustSave = true;
  }

  /** What the attachment of a socket must keep when it is written for another reason. */
  carriedOn(socket: WebSocket): Counters | undefined {
    return socket === this.#carrier ? this.#allCounters() : undefined;
  }

  /** To be called at the end of every event: makes what is unreported survive hibernation. */
  save(now: number): void {
    // While a report is due the coordinator stays awake.
    if (!this.#mustSave || this.#isReportDue || !this.#saves.take(now)) return;
    this.#mustSave = false;
    if (this.#carrier !== undefined && this.#coordinator.rewrite(this.#carrier)) return;
    this.#carrier = this.#coordinator.someSocket();
    if (this.#carrier !== undefined) this.#coordinator.rewrite(this.#carrier);
  }

  #allCounters(): Counters {
    countRelayed(this.#counters, 'CANDIDATE', 0, this.#candidates);
    this.#candidates = 0;
    return this.#counters;
  }

  #reportSoon(): void {
    if (this.#isReportDue) return;
    this.#isReportDue = true;
    setTimeout(() => {
      this.#isReportDue = false;
      this.#ctx.waitUntil(this.#report());
    }, REPORT_DELAY_MS);
  }

  /** Whatever becomes of it, the room never notices. */
  async #report(): Promise<void> {
    const counters = this.#allCounters();
    this.#counters = noCounters();
    this.#unload();
    try {
      await metricsCollector(this.#env).report({ ...this.#coordinator.describe(), counters });
    } catch (error) {
      // Not tried again by itself: it goes with the next report.
      addCounters(this.#counters, counters);
      this.#mustSave = true;
      this.save(Date.now());
      this.#log.warn('metrics.failed', { message: String(error) });
    }
  }

  /** Takes what has been reported off the socket that carries it. */
  #unload(): void {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    if (carrier !== undefined) this.#coordinator.rewrite(carrier);
  }
}
