import type { RunningSystem, System, SystemName } from '../systems/System.ts';

/** One number that a run found. NaN: it could not be measured here. */
export interface Figure {
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
}

/** What a run is given. */
export interface RunContext {
  readonly system: System;
  /** Small numbers, which only show that the benchmark works. */
  readonly isQuick: boolean;
  /** Tells how far the run is, in words for a person. */
  progress(text: string): void;
}

export interface ScenarioCase {
  /** Tells the cases of a scenario apart. Empty where there is one. */
  readonly label: string;
  /** How often each system is run, in turn. */
  readonly rounds: number;
  readonly systems: readonly SystemName[];
  /** Whether the systems run with V8's inspector on: for memory, never for times. */
  readonly inspect?: boolean;
  /** Starts what is run in place of a whole system, where that is only a part of it. */
  start?(name: SystemName): Promise<RunningSystem>;
  run(context: RunContext): Promise<Figure[]>;
}

export interface Scenario {
  readonly name: string;
  readonly cases: readonly ScenarioCase[];
}

export const ALL_SYSTEMS: readonly SystemName[] = ['server', 'bare', 'official'];
