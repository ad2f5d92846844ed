import { DurableObject } from 'cloudflare:workers';
import {
  Collection,
  type CoordinatorReport,
  type Presence,
  type Snapshot,
} from '../metrics/Collection.ts';
import type { Counters } from '../metrics/Counters.ts';
import { coordinators, metricsCollectors } from './namespaces.ts';

/** Milliseconds that a reader waits for coordinators that are asked. */
const ASKING_LIMIT_MS = 1000;

/** The one collector. */
export function metricsCollector(env: Env): DurableObjectStub<MetricsCollector> {
  return metricsCollectors(env).getByName('metrics');
}

/**
 * Puts together what coordinators and the Worker count. It is called at joins and leaves, never per
 * message, and runs no timer.
 */
export class MetricsCollector extends DurableObject<Env> {
  readonly #collection: Promise<Collection>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#collection = ctx.blockConcurrencyWhile(
      async () => new Collection(ctx.storage, await ctx.storage.list(), Date.now()),
    );
  }

  /** From a coordinator. */
  async report(report: CoordinatorReport): Promise<void> {
    (await this.#collection).report(report, Date.now());
  }

  /** From the Worker. */
  async count(counters: Counters): Promise<void> {
    (await this.#collection).count(counters);
  }

  /**
   * All that is known, after asking the coordinators that have been quiet for ten minutes whether
   * they still have peers. Asking wakes those that sleep, so it happens here, while somebody looks,
   * and never otherwise: at most six times an hour for a room.
   */
  async read(): Promise<Snapshot> {
    const collection = await this.#collection;
    const askedAt = Date.now();
    const answers = collection.unseen(askedAt).map(async (name) => {
      const presence = await this.#ask(name);
      if (presence !== undefined) collection.correct(name, presence, askedAt);
    });
    if (answers.length > 0) {
      await Promise.race([Promise.all(answers), scheduler.wait(ASKING_LIMIT_MS)]);
    }
    return collection.snapshot(Date.now());
  }

  /** @returns undefined for a coordinator that fails: it is asked again in ten minutes. */
  async #ask(name: string): Promise<Presence | undefined> {
    try {
      return await coordinators(this.env).getByName(name).presence();
    } catch {
      return undefined;
    }
  }
}
