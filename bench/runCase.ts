import { LoadedSystem } from './LoadedSystem.ts';
import type { Figure, Scenario, ScenarioCase } from './scenarios/Scenario.ts';
import type { SystemName } from './systems/System.ts';
import { startSystem } from './systems/startSystem.ts';

/** One line of the table: what every round found for one measure, for each system. */
export interface Row {
  readonly scenario: string;
  readonly case: string;
  readonly measure: string;
  readonly unit: string;
  /** Whether the table shows the sum of the rounds, and not their median. */
  readonly isSum: boolean;
  /** What each round or turn found, in order. NaN where it could not be measured. */
  readonly rounds: Partial<Record<SystemName, number[]>>;
}

/** The WebSocket extensions that each server agreed to; empty text for none. */
export type Agreed = Partial<Record<SystemName, readonly string[]>>;

/** What a case found. */
interface CaseResult {
  readonly rows: Row[];
  readonly agreed: Agreed;
}

interface RunOptions {
  readonly isQuick: boolean;
  /** The most rounds of a case, if fewer than its own number. */
  readonly rounds: number | undefined;
  progress(text: string): void;
}

/**
 * The systems of a case. `--quick` shows that each scenario works on each of its systems, and each
 * further case of it on the first of them.
 */
export function systemsOf(
  scenario: Scenario,
  case_: ScenarioCase,
  isQuick: boolean,
): readonly SystemName[] {
  return isQuick && case_ !== scenario.cases[0] ? case_.systems.slice(0, 1) : case_.systems;
}

/**
 * Measures the systems of a case in turn: A B C A B C, so that a machine that grows slower or faster
 * meanwhile does so for all of them.
 *
 * @throws with what the load generator said, if a run fails.
 */
export async function runCase(
  scenario: Scenario,
  case_: ScenarioCase,
  { isQuick, rounds: wanted, progress }: RunOptions,
): Promise<CaseResult> {
  const { turns } = case_;
  const systems = systemsOf(scenario, case_, isQuick);
  const rounds = isQuick ? 1 : Math.min(case_.rounds, wanted ?? case_.rounds);
  const rows = new Map<string, Row>();
  const agreed: Agreed = {};

  const progressOf = (name: SystemName, round: number) => (text: string) => {
    const title = [scenario.name, case_.label, `round ${round} of ${rounds}`, name, text];
    progress(title.filter((part) => part !== '').join(' · '));
  };
  const start = (name: SystemName, round: number) =>
    LoadedSystem.start(
      case_.start?.(name) ?? startSystem(name, case_),
      { scenario: scenario.name, label: case_.label, isQuick },
      progressOf(name, round),
    );
  const measure = async (name: SystemName, system: LoadedSystem, round: number) => {
    const { figures, extensions } = await system.measure(progressOf(name, round));
    agreed[name] = [...new Set([...(agreed[name] ?? []), ...extensions])];
    for (const figure of figures) keep(rows, scenario, case_, name, figure);
  };

  const runAlone = async (name: SystemName, round: number) => {
    const system = await start(name, round);
    try {
      await measure(name, system, round);
    } finally {
      await system.stop();
    }
  };
  const runSideBySide = async (turns: number, round: number) => {
    const loaded = new Map<SystemName, LoadedSystem>();
    try {
      for (const name of inTurn(systems, round)) loaded.set(name, await start(name, round));
      for (let turn = 1; turn <= turns; turn += 1) {
        for (const [name, system] of inTurn([...loaded], turn)) await measure(name, system, round);
      }
    } finally {
      await Promise.all([...loaded.values()].map((system) => system.stop()));
    }
  };

  if (isQuick) {
    // Nothing is measured, so the systems may run at once. All have ended before an error is thrown.
    const ends = await Promise.allSettled(systems.map((name) => runAlone(name, 1)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return { rows: [...rows.values()], agreed };
  }
  for (let round = 1; round <= rounds; round += 1) {
    if (turns !== undefined) await runSideBySide(turns, round);
    else for (const name of inTurn(systems, round)) await runAlone(name, round);
  }
  return { rows: [...rows.values()], agreed };
}

/** Reversed at every other turn, so that no system gains by being first or last. */
function inTurn<T>(items: readonly T[], turn: number): readonly T[] {
  return turn % 2 === 1 ? items : items.toReversed();
}

function keep(
  rows: Map<string, Row>,
  { name: scenario }: Scenario,
  { label }: ScenarioCase,
  system: SystemName,
  { measure, unit, value, isSum = false }: Figure,
): void {
  const row = rows.get(measure) ?? { scenario, case: label, measure, unit, isSum, rounds: {} };
  rows.set(measure, row);
  row.rounds[system] = [...(row.rounds[system] ?? []), value];
}
