import { DurableObject } from 'cloudflare:workers';
import { Collection, type CoordinatorReport, type Snapshot } from '../metrics/Collection.ts';
import { coordinators } from './namespaces.ts';

/** Adds up the reports of coordinators, and those of the Worker, which has no peers. It runs no timer. */
export class MetricsCollector extends DurableObject<Env> {
  readonly #collection = this.ctx.blockConcurrencyWhile(
    async () => new Collection(this.ctx.storage, await this.ctx.storage.list(), Date.now()),
  );

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
}
