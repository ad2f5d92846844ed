import { readFileSync } from 'node:fs';

/** What the kernel counts as one tick of processor time: 100 a second on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** Processor time of all threads of a process so far, in seconds. NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name of the program stands in brackets and may hold anything: fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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
