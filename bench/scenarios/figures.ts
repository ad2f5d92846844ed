import { cpuSeconds, residentBytes } from '../processUsage.ts';
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

/** Memory of the system in RAM. */
export function residentFigure(system: System): Figure {
  return { measure: 'memory', unit: 'MB', value: residentBytes(system.pid) / 1e6 };
}

/**
 * How often coordinators have come into memory or been called, as the system's own metrics say.
 * NaN for a system that has no such thing.
 */
export async function wakesSoFar(system: System): Promise<number> {
  const response = await fetch(`http://${system.host}:${system.port}/metrics`, {
    headers: { Accept: 'application/json' },
  });
  if (!response.ok || !response.headers.get('Content-Type')?.includes('json')) {
    await response.body?.cancel();
    return Number.NaN;
  }
  const metrics = (await response.json()) as { counters?: { wakes?: number } };
  return metrics.counters?.wakes ?? Number.NaN;
}
