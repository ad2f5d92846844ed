import { cpuSeconds } from '../processUsage.ts';
import { percentile } from '../statistics.ts';
import type { System } from '../systems/System.ts';
import type { Figure } from './Scenario.ts';

/** The middle and the ends of many times. */
export function timeFigures(what: string, milliseconds: readonly number[]): Figure[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    measure: `${what}, p${share * 100}`,
    unit: 'ms',
    value: percentile(milliseconds, share),
  }));
}

/** Messages that did not arrive once, in order, to the letter and at their `dst` alone. */
export function faultsFigure(value: number): Figure {
  return { measure: 'lost, doubled or disordered', unit: '', value, isSum: true };
}

/** Watches what the system and the load generator, which is this process, use from now on. */
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

  /** The share of one core that each side has used: a generator near 100 % would be the limit. */
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

/** Coordinators report what they counted 2 s after a join, and not before. */
const REPORT_MS = 2500;

/**
 * How often a coordinator has come into memory, as the system's own metrics say: once when it is
 * first used, once whenever it wakes. NaN for a system that does not count.
 *
 * To be asked after a peer has joined in each room, since nothing less makes a room report.
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
