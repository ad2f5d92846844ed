/**
 * The load generator: a process of its own, for one case against one system. Its orders come from,
 * and its figures go to, the process that started it.
 */
import { SCENARIOS } from '../scenarios/index.ts';
import type { Figure } from '../scenarios/Scenario.ts';
import type { System } from '../systems/System.ts';
import { agreedExtensions } from './BenchPeer.ts';

/** Which case, and how. */
export interface Task {
  readonly scenario: string;
  readonly label: string;
  readonly isQuick: boolean;
}

/** What to do next: first to prepare a case, then to measure it, once for each round. */
export type Order =
  | ({ readonly order: 'prepare'; readonly system: System } & Task)
  | { readonly order: 'measure' };

/** What was found, and what the server had agreed to of the extensions that were offered to it. */
export interface Findings {
  readonly figures: readonly Figure[];
  readonly extensions: readonly string[];
}

/** What the generator tells: how far it is, and in the end what it found or why it could not. */
export type Report = { readonly progress: string } | Findings | { readonly failure: string };

let measure: (() => Promise<readonly Figure[]>) | undefined;

// Whoever wanted the figures has them, or is gone.
process.once('disconnect', () => process.exit());

process.on('message', async (order: Order) => {
  try {
    tell({ figures: await obey(order), extensions: [...agreedExtensions] });
  } catch (error) {
    tell({ failure: (error as Error).stack ?? String(error) });
  }
});

/** @returns what was found: nothing while preparing. */
async function obey(order: Order): Promise<readonly Figure[]> {
  if (order.order === 'measure') {
    if (measure === undefined) throw new Error('nothing is prepared');
    return measure();
  }
  const scenario = SCENARIOS.find(({ name }) => name === order.scenario);
  const found = scenario?.cases.find(({ label }) => label === order.label);
  if (found === undefined) throw new Error(`there is no case ${order.scenario} ${order.label}`);
  const { system, isQuick } = order;
  let toldAt = 0;
  const progress = (text: string) => {
    if (performance.now() - toldAt < 200) return;
    toldAt = performance.now();
    tell({ progress: text });
  };
  measure = await found.prepare({ system, isQuick, progress });
  return [];
}

function tell(report: Report): void {
  process.send?.(report);
}
