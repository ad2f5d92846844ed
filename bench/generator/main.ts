/**
 * The load generator: a separate process for one case against one system. It gets its orders from
 * the process that started it, and sends its figures there.
 */
import { SCENARIOS } from '../scenarios/index.ts';
import type { Figure } from '../scenarios/Scenario.ts';
import type { System } from '../systems/System.ts';
import { agreedExtensions } from './BenchPeer.ts';

/** The case to run, and how. */
export interface Task {
  readonly scenario: string;
  readonly label: string;
  readonly isQuick: boolean;
}

/** The next step: to prepare a case, or then to measure it, once for each round. */
export type Order =
  | ({ readonly order: 'prepare'; readonly system: System } & Task)
  | { readonly order: 'measure' };

/** The figures of a round, and which of the offered extensions the server has accepted. */
export interface Findings {
  readonly figures: readonly Figure[];
  readonly extensions: readonly string[];
}

/** A report of the generator: its progress, and in the end its figures or why it failed. */
export type Report = { readonly progress: string } | Findings | { readonly failure: string };

let measure: (() => Promise<readonly Figure[]>) | undefined;

// The process that wanted the figures has them, or is gone.
process.once('disconnect', () => process.exit());

process.on('message', async (order: Order) => {
  try {
    tell({ figures: await obey(order), extensions: [...agreedExtensions] });
  } catch (error) {
    tell({ failure: (error as Error).stack ?? String(error) });
  }
});

/** @returns the figures; none while preparing. */
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
