import { DurableObject } from 'cloudflare:workers';
import { Collection, type CoordinatorReport, type Snapshot } from '../metrics/Collection.ts';
import { settingsOf } from '../settings.ts';
import { coordinators } from './namespaces.ts';

const NO_STORE = { put() {}, delete() {} };

/** Adds up the reports of coordinators, and those of the Worker, which has no peers. It runs no timer. */
export class MetricsCollector extends DurableObject<Env> {
  readonly #collection = this.ctx.blockConcurrencyWhile(() => this.#resume());

  async report(report: CoordinatorReport): Promise<void> {
    (await this.#collection).report(report, Date.now());
  }

  /**
   * All that is known, after waiting at most a second for coordinators that are asked for a report.
   * This wakes those that sleep, so it is done only when somebody reads.
   */
  async read(): Promise<Snapshot> {
    const collection = await this.#collection;
    const asked = collection.unseen(Date.now()).map(async (name) => {
      await this.report(await coordinators(this.env).getByName(name).report());
    });
    const answers = Promise.allSettled(asked);
    if (asked.length > 0) await Promise.race([answers, scheduler.wait(1000)]);
    return collection.snapshot(Date.now());
  }

  /**
   * Self-hosted, this object lives as long as the process (workerdConfig.ts), and stores nothing: workerd's
   * storage in memory remembers each key for ever, also after it is deleted. At 128 MiB the object breaks.
   */
  async #resume(): Promise<Collection> {
    if (settingsOf(this.env).isSelfHosted) return new Collection(NO_STORE, new Map(), Date.now());
    return new Collection(this.ctx.storage, await this.ctx.storage.list(), Date.now());
  }
}
