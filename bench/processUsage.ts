import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time of all threads of a process so far, in seconds. NaN if the kernel does not report it
 * (https://docs.kernel.org/scheduler/sched-stats.html). /proc/<pid>/stat has it too, but only in
 * hundredths of a second.
 */
export function cpuSeconds(pid: number): number {
  const threads = list(`/proc/${pid}/task`);
  if (threads.length === 0) return Number.NaN;
  const nanoseconds = threads.map((thread) => {
    const [onProcessor] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ');
    // A thread may end between the two reads.
    return Number(onProcessor);
  });
  return nanoseconds.reduce((total, value) => total + value, 0) / 1e9;
}

/** Resident memory of a process, in bytes. NaN without /proc. */
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
