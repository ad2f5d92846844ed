import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Job, Report } from './generator/main.ts';
import type { Figure, Scenario, ScenarioCase } from './scenarios/Scenario.ts';
import { median } from './statistics.ts';
import type { RunningSystem, SystemName } from './systems/System.ts';
import { startSystem } from './systems/startSystem.ts';

/** One line of the table: a number that every round found, for each system. */
export interface Row {
  readonly scenario: string;
  readonly case: string;
  readonly measure: string;
  readonly unit: string;
  /** What each round found, in order. NaN where it could not be measured. */
  readonly rounds: Partial<Record<SystemName, number[]>>;
}

export interface RunOptions {
  readonly isQuick: boolean;
  /** How often each system is run, in place of each case's own number. */
  readonly rounds: number | undefined;
  progress(text: string): void;
}

/**
 * Runs a case against its systems in turn: A B C A B C, so that a machine that grows slower or
 * faster meanwhile does so for all of them. Each run has a fresh server and a fresh generator.
 *
 * @throws with what the generator said, if a run fails.
 */
export async function runCase(
  scenario: Scenario,
  case_: ScenarioCase,
  options: RunOptions,
): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const runOn = async (name: SystemName, round: string) => {
    const title = [scenario.name, case_.label, round, name].filter((part) => part !== '');
    const progress = (text: string) => options.progress([...title, text].join(' · '));
    for (const { measure, unit, value } of await runOnce(scenario, case_, name, {
      ...options,
      progress,
    })) {
      const row = rows.get(measure) ?? {
        scenario: scenario.name,
        case: case_.label,
        measure,
        unit,
        rounds: {},
      };
      rows.set(measure, row);
      row.rounds[name] = [...(row.rounds[name] ?? []), value];
    }
  };

  if (options.isQuick) {
    // Nothing is measured, so nobody is in the way of another. All end before one may fail.
    const ends = await Promise.allSettled(case_.systems.map((name) => runOn(name, '')));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return [...rows.values()];
  }
  const rounds = Math.min(case_.rounds, options.rounds ?? case_.rounds);
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of case_.systems) await runOn(name, `round ${round} of ${rounds}`);
  }
  return [...rows.values()];
}

async function runOnce(
  scenario: Scenario,
  case_: ScenarioCase,
  name: SystemName,
  { isQuick, progress }: Pick<RunOptions, 'isQuick' | 'progress'>,
): Promise<readonly Figure[]> {
  progress('starting');
  const starting = case_.start?.(name) ?? startSystem(name, case_.inspect === true);
  running.add(starting);
  const system = await starting;
  try {
    const job = { scenario: scenario.name, label: case_.label, isQuick };
    return await generate(system, job, progress);
  } finally {
    running.delete(starting);
    await system.stop();
  }
}

/** What runs, or is about to. */
const running = new Set<Promise<RunningSystem>>();

/** Stops what runs, for one who does not want to wait for the end. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(async (system) => (await system).stop()));
}

/** The middle of what the rounds of a system found, or undefined where nothing was measured. */
export function medianOf(row: Row, system: SystemName): number | undefined {
  const values = (row.rounds[system] ?? []).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? undefined : median(values);
}

/** Runs the load generator in a process of its own. */
async function generate(
  running: RunningSystem,
  job: Omit<Job, 'system'>,
  progress: (text: string) => void,
): Promise<readonly Figure[]> {
  const { stop: _, ...system } = running;
  const generator = fork(join(import.meta.dirname, 'generator', 'main.ts'), {
    serialization: 'advanced',
  });
  return new Promise((resolve, reject) => {
    generator.on('message', (report: Report) => {
      if ('progress' in report) progress(report.progress);
      else if ('figures' in report) resolve(report.figures);
      else reject(new Error(report.failure));
      // At that it ends. By itself it must not, or its last words might come after its end.
      if (!('progress' in report)) generator.disconnect();
    });
    generator.on('exit', (code) => reject(new Error(`The load generator ended with ${code}`)));
    generator.send({ ...job, system } satisfies Job);
  });
}
