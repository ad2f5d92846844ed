import type { RunningSystem, System, SystemName } from '../systems/System.ts';

/** One number that a run found. NaN: it could not be measured here. */
export interface Figure {
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
  /** Whether the rounds are added up: of what must not happen a median would hide a single one. */
  readonly isSum?: boolean;
}

/** What a run is given. */
export interface RunContext {
  readonly system: System;
  /** Small numbers, which only show that the benchmark works. */
  readonly isQuick: boolean;
  /** Tells how far the run is, in words for a person. */
  progress(text: string): void;
}

/** Measures one round. */
export type Measurement = () => Promise<Figure[]>;

export interface ScenarioCase {
  /** Tells the cases of a scenario apart. Empty where there is one. */
  readonly label: string;
  /** How often the systems are started anew, and measured in turn. */
  readonly rounds: number;
  /**
   * Where it is there, the systems of a round all run at once, and each is loaded this often, for a
   * second, in turn: what is compared is then so close in time that a noisy machine is noisy for all.
   * Without it they run one after the other.
   */
  readonly turns?: number;
  readonly systems: readonly SystemName[];
  /** Settings of this server, where they are not as by default. The others have none. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the systems run with V8's inspector on: for memory, never for times. */
  readonly inspect?: boolean;
  /** Starts what is run in place of a whole system, where that is only a part of it. */
  start?(name: SystemName): Promise<RunningSystem>;
  /** Gets ready for rounds of measuring, in the load generator. */
  prepare(context: RunContext): Promise<Measurement>;
}

/** The settings of a case in which peers may speak no faster than by default, as in wrangler.jsonc. */
export const DEFAULT_RATE_LIMIT = { RATE_LIMIT_PER_SECOND: '' };

export interface Scenario {
  readonly name: string;
  readonly cases: readonly ScenarioCase[];
}

export const ALL_SYSTEMS: readonly SystemName[] = ['server', 'bare', 'official'];

/** For a case that has nothing to get ready, or that counts it in. */
export function unprepared(
  measure: (context: RunContext) => Promise<Figure[]>,
): ScenarioCase['prepare'] {
  return async (context) => () => measure(context);
}
