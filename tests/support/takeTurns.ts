import { readFileSync, readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach } from 'vitest';

/** So many tasks for each core may want to run when a test begins: more of them only slow each other down. */
const TASKS_PER_CORE = 3;
/** How long a test waits for its turn. Those behind it don't wait any more: the machine is busy with something else. */
const LONGEST_WAIT_MS = 60_000;
/** The namespace of all processes, PROC_PID_INIT_INO in linux/proc_ns.h. A container has another one. */
const ALL_PROCESSES = 'pid:[4026531836]';

let isWorthWaiting = true;

/**
 * Most tests wait most of the time, so many run at once. When those that are running need the processor, the
 * next one waits: on a slow machine tests take longer then, but each has as much of it as it has elsewhere.
 */
beforeEach(async () => {
  const end = Date.now() + LONGEST_WAIT_MS;
  while (isWorthWaiting && runningTasks() > TASKS_PER_CORE * availableParallelism()) {
    await sleep(50 + 100 * Math.random());
    isWorthWaiting = Date.now() < end;
  }
});

/**
 * How many tasks run or wait for a core at this moment: 0 where the kernel does not say, and in a container,
 * where it counts those of the whole host.
 */
function runningTasks(): number {
  try {
    if (readlinkSync('/proc/self/ns/pid') !== ALL_PROCESSES) return 0;
    // proc_loadavg(5): 0.20 0.18 0.12 3/80 11206
    return Number.parseInt(readFileSync('/proc/loadavg', 'latin1').split(' ')[3] ?? '', 10) || 0;
  } catch {
    return 0;
  }
}
