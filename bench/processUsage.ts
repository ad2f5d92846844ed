import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processor time of all threads of a process so far, in seconds. NaN where the kernel does not say
 * (https://docs.kernel.org/scheduler/sched-stats.html). The same figure in /proc/<pid>/stat is
 * counted in hundredths of a second, too coarse for microseconds a message.
 */
export function cpuSeconds(pid: number): number {
  const threads = list(`/proc/${pid}/task`);
  if (threads.length === 0) return Number.NaN;
  const nanoseconds = threads.map((thread) => {
    const [onProcessor] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
    // A thread may end between the two looks.
    return Number(onProcessor);
  });
  return nanoseconds.reduce((total, value) => total + value, 0) / 1e9;
}

/** Memory of a process that is in RAM, in bytes. NaN where there is no /proc. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
