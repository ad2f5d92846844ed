import type { RunningSystem, System, SystemName } from '../systems/System.ts';

/** One number that a run found. NaN: it could not be measured here. */
export interface Figure {
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
  /** Whether the rounds are added up: a median would hide a single fault. */
  readonly isSum?: boolean;
}

/** What a run is given. */
export interface RunContext {
  readonly system: System;
  /** Whether to use small numbers, which only show that the benchmark works. */
  readonly isQuick: boolean;
  /** Tells the user how far the run is. */
  progress(text: string): void;
}

/** Measures one round. */
export type Measurement = () => Promise<Figure[]>;

export interface ScenarioCase {
  /** The name of the case within its scenario. Empty if it is the only one. */
  readonly label: string;
  /** How often the systems are started again, and measured in turn. */
  readonly rounds: number;
  /**
   * If set, all systems of a round run at once, and each is loaded this many times, for a second, in
   * turn: they are measured so close in time that a noisy machine is noisy for all of them. If not,
   * the systems run one after the other.
   */
  readonly turns?: number;
  readonly systems: readonly SystemName[];
  /** Settings of this server that differ from the benchmark's. The other systems have none. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether V8's inspector is on: for measuring memory. It would distort times. */
  readonly inspect?: boolean;
  /** Starts what the case measures, if that is only a part of a system. */
  start?(name: SystemName): Promise<RunningSystem>;
  /** Prepares the measurement. Runs in the load generator. */
  prepare(context: RunContext): Promise<Measurement>;
}

/** Settings for a case in which peers may send no faster than in production. */
export const DEFAULT_RATE_LIMIT = { RATE_LIMIT_PER_SECOND: '' };

export interface Scenario {
  readonly name: string;
  readonly cases: readonly ScenarioCase[];
}

export const ALL_SYSTEMS: readonly SystemName[] = ['server', 'bare', 'node', 'official'];

/** For a case with nothing to prepare, or whose preparation is part of what it measures. */
export function unprepared(
  measure: (context: RunContext) => Promise<Figure[]>,
): ScenarioCase['prepare'] {
  return async (context) => () => measure(context);
}
