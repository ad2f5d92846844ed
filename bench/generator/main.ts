/**
 * The load generator: a process of its own, which runs one case against one system and ends. Its
 * job comes from, and its figures go to, the process that started it.
 */
import { SCENARIOS } from '../scenarios/index.ts';
import type { Figure } from '../scenarios/Scenario.ts';
import type { System } from '../systems/System.ts';

/** What to run. */
export interface Job {
  readonly scenario: string;
  readonly label: string;
  readonly system: System;
  readonly isQuick: boolean;
}

/** What the generator tells: how far it is, and in the end what it found or why it could not. */
export type Report =
  | { readonly progress: string }
  | { readonly figures: readonly Figure[] }
  | { readonly failure: string };

// Whoever wanted the figures has them, or is gone.
process.once('disconnect', () => process.exit());

process.once('message', async (job: Job) => {
  try {
    const scenario = SCENARIOS.find(({ name }) => name === job.scenario);
    const found = scenario?.cases.find(({ label }) => label === job.label);
    if (found === undefined) throw new Error(`there is no case ${job.scenario} ${job.label}`);
    const { system, isQuick } = job;
    let toldAt = 0;
    const progress = (text: string) => {
      if (performance.now() - toldAt < 200) return;
      toldAt = performance.now();
      tell({ progress: text });
    };
    tell({ figures: await found.run({ system, isQuick, progress }) });
  } catch (error) {
    tell({ failure: (error as Error).stack ?? String(error) });
  }
});

function tell(report: Report): void {
  process.send?.(report);
}
