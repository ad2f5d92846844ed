import { cpus } from 'node:os';

/**
 * On what machine browsers were measured, and how busy it was.
 *
 * @param loads load averages while it was measured.
 */
export function machineCaption(browser: string, loads: readonly number[]): string {
  const [least, most] = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? 'unknown processor'} ` +
    `(${cpus().length} cores), Chromium ${browser}, load average ${least} to ${most}`
  );
}
