import { type ChildProcess, execFile, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Findings, Order, Report, Task } from './generator/main.ts';
import type { RunningSystem } from './systems/System.ts';

/** Every system that runs or is starting. */
const running = new Set<Promise<RunningSystem>>();

/** Stops every system, when the user interrupts the benchmark. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(async (starting) => (await starting).stop()));
}

/** A running system, and the process that puts load on it. */
export class LoadedSystem {
  readonly #starting: Promise<RunningSystem>;
  readonly #generator: ChildProcess;
  #progress: (text: string) => void;

  private constructor(starting: Promise<RunningSystem>, progress: (text: string) => void) {
    this.#starting = starting;
    this.#progress = progress;
    this.#generator = fork(join(import.meta.dirname, 'generator', 'main.ts'), {
      serialization: 'advanced',
    });
  }

  /** Waits until the system has started and its load generator is ready to measure. */
  static async start(
    starting: Promise<RunningSystem>,
    task: Task,
    progress: (text: string) => void,
  ): Promise<LoadedSystem> {
    progress('starting');
    running.add(starting);
    const { stop: _, ...system } = await starting;
    const loaded = new LoadedSystem(starting, progress);
    // Those of --quick are not measured, and run side by side.
    if (!task.isQuick) await Promise.all([pin(system.pid, 0), pin(loaded.#generator.pid, 1)]);
    try {
      await loaded.#ask({ order: 'prepare', ...task, system });
      return loaded;
    } catch (error) {
      await loaded.stop();
      throw error;
    }
  }

  /** Measures one round, and resolves with what it found. */
  async measure(progress: (text: string) => void): Promise<Findings> {
    this.#progress = progress;
    return this.#ask({ order: 'measure' });
  }

  async stop(): Promise<void> {
    // The generator exits when it is disconnected. If it exited by itself, a report could be lost.
    if (this.#generator.connected) this.#generator.disconnect();
    await (await this.#starting).stop();
    running.delete(this.#starting);
  }

  /** @throws with what the generator said, if it fails. */
  async #ask(order: Order): Promise<Findings> {
    const generator = this.#generator;
    const { promise, resolve, reject } = Promise.withResolvers<Findings>();
    const read = (report: Report) => {
      if ('progress' in report) this.#progress(report.progress);
      else if ('figures' in report) resolve(report);
      else reject(new Error(report.failure));
    };
    const end = (code: number | null) => {
      reject(new Error(`The load generator ended with ${code}`));
    };
    generator.on('message', read).on('exit', end).send(order);
    return promise.finally(() => generator.off('message', read).off('exit', end));
  }
}

/**
 * Keeps a process on one core, so that a system and its load generator never wait for each other:
 * where the kernel moves them about, the figures of one system differ far more from turn to turn.
 * Where it cannot be done, as on macOS, the kernel decides.
 */
async function pin(pid: number | undefined, core: number): Promise<void> {
  if (pid === undefined || availableParallelism() < 2) return;
  await promisify(execFile)('taskset', ['-acp', String(core), String(pid)]).catch(() => {});
}
