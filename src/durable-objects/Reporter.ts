import type { Logger } from '../log/Logger.ts';
import { addCounters, type Counters, noCounters } from '../metrics/Counters.ts';

/** Milliseconds until a report, so that one report has everything that happens at about the same time. */
export const REPORT_DELAY_MS = 2000;
/**
 * A report that is overdue by more was cancelled with its request, or the clock was set back.
 */
const CANCELLED_AFTER_MS = 8000;
/** Milliseconds before a report that failed is made again. */
const RETRY_AFTER_MS = 1000;
const MAX_TRIES = 3;

/** Counts in memory, and reports the counts to the collector. */
export class Reporter {
  readonly counters = noCounters();
  #startedAt = Number.NEGATIVE_INFINITY;

  /**
   * Reports after a delay, unless a report is started already. One that fails is made again: the room may
   * fall asleep, and then its counts would be lost. If that fails too, the next has it all.
   */
  async report(log: Logger, delay: number, send: (counters: Counters) => Promise<void>) {
    if (Math.abs(Date.now() - this.#startedAt) < delay + CANCELLED_AFTER_MS) return;
    if (delay > 0) await this.#wait(delay);
    for (let tries = 1; ; tries += 1) {
      const counters = this.take();
      try {
        await send(counters);
        return;
      } catch (error) {
        addCounters(this.counters, counters);
        log.warn('metrics.failed', { message: String(error) });
      }
      if (tries === MAX_TRIES) return;
      await this.#wait(RETRY_AFTER_MS);
    }
  }

  /** What happens meanwhile goes with the report that waits. */
  async #wait(delay: number): Promise<void> {
    this.#startedAt = Date.now();
    await scheduler.wait(delay);
    this.#startedAt = Number.NEGATIVE_INFINITY;
  }

  /** Takes all that was counted since the last report. */
  take(): Counters {
    const counters = { ...this.counters };
    Object.assign(this.counters, noCounters());
    return counters;
  }
}
