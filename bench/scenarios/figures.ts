import { cpuSeconds } from '../processUsage.ts';
import { percentile } from '../statistics.ts';
import type { System } from '../systems/System.ts';
import type { Figure } from './Scenario.ts';

/** The median and the high percentiles of many times. */
export function timeFigures(what: string, milliseconds: readonly number[]): Figure[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    measure: `${what}, p${share * 100}`,
    unit: 'ms',
    value: percentile(milliseconds, share),
  }));
}

/** Messages that did not arrive exactly once, in order, unchanged and only at their `dst`. */
export function faultsFigure(value: number): Figure {
  return { measure: 'lost, doubled or disordered', unit: '', value, isSum: true };
}

/** Measures the processor time of the system and of the load generator, which is this process. */
export class UsageMeter {
  readonly #system: System;
  readonly #startedAt = performance.now();
  readonly #systemCpu: number;
  readonly #ownCpu = cpuSeconds(process.pid);

  constructor(system: System) {
    this.#system = system;
    this.#systemCpu = cpuSeconds(system.pid);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Processor seconds that the system has used. */
  get systemCpuSeconds(): number {
    return cpuSeconds(this.#system.pid) - this.#systemCpu;
  }

  /** How much of a core each side has used. Near 100 %, the generator would be the limit. */
  cpuFigures(): Figure[] {
    const percent = (seconds: number) => (100 * seconds) / this.seconds;
    return [
      { measure: 'CPU of the server', unit: '% of a core', value: percent(this.systemCpuSeconds) },
      {
        measure: 'CPU of the load generator',
        unit: '% of a core',
        value: percent(cpuSeconds(process.pid) - this.#ownCpu),
      },
    ];
  }
}

/** Coordinators report what they counted 2 s after a join or leave, and not before. */
const REPORT_MS = 2500;

/**
 * How often coordinators have come into memory, by the system's own metrics: once when one is first
 * used, and once at each wake. NaN for a system that does not count wakes.
 *
 * Call this after a join or leave in each room, as only then a room reports.
 */
export async function wakesSoFar(system: System): Promise<number> {
  if (!system.countsWakes) return Number.NaN;
  await new Promise((resolve) => setTimeout(resolve, REPORT_MS));
  return (await reported(system)).wakes;
}

/** What coordinators have counted and reported so far. */
interface Reported {
  readonly wakes: number;
  readonly connections: number;
  /** Seconds for which a timer was pending. */
  readonly pendingSeconds: number;
}

/** Asks `/metrics` of this server. (The bare relay reports its wakes alone.) */
export async function reported(system: System): Promise<Reported> {
  const response = await fetch(`http://${system.host}:${system.port}/metrics`, {
    headers: { Accept: 'application/json' },
  });
  return ((await response.json()) as { counters: Reported }).counters;
}
