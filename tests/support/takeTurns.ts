import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach } from 'vitest';

/** So many tasks for each core may want to run when a test begins: more of them only slow each other down. */
const TASKS_PER_CORE = 3;
/** How long a test waits for its turn. A machine that others load never becomes free. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Most tests wait most of the time, so many run at once. When those that are running need the processor, the
 * next one waits: on a slow machine tests take longer then, but each has as much of it as it has elsewhere.
 */
beforeEach(async () => {
  const end = Date.now() + LONGEST_WAIT_MS;
  while (runningTasks() > TASKS_PER_CORE * availableParallelism() && Date.now() < end) {
    await sleep(50 + 100 * Math.random());
  }
});

/** How many tasks run or wait for a core at this moment, in the whole machine: 0 where the kernel does not say. */
function runningTasks(): number {
  try {
    // proc_loadavg(5): 0.20 0.18 0.12 3/80 11206
    return Number.parseInt(readFileSync('/proc/loadavg', 'latin1').split(' ')[3] ?? '', 10) || 0;
  } catch {
    return 0;
  }
}
