import type { Verdict } from './advice.ts';
import type { CheckOutcome } from './checkConnection.ts';
import { STEP_NAMES, STEPS } from './steps.ts';

/** The server, the browser and the time of a check. */
interface Circumstances {
  readonly server: string;
  readonly browser: string;
  readonly time: Date;
  readonly isSecure: boolean;
}

/** A check as text, for a bug report. It names no address of the player, no key and no token. */
export function reportOf(
  { results }: CheckOutcome,
  { title, advice }: Verdict,
  { server, browser, time, isSecure }: Circumstances,
): string {
  const steps = STEP_NAMES.filter((step) => results[step].state !== 'skipped').map((step) => {
    const { state, milliseconds, detail } = results[step];
    const took = milliseconds === undefined ? '' : formatMilliseconds(milliseconds);
    return `${state.padEnd(8)} ${took.padStart(8)}  ${STEPS[step].name}${detail === undefined ? '' : ` (${detail})`}`;
  });
  return [
    `Connection check: ${title}`,
    ...advice.map(({ headline }) => `- ${headline}`),
    '',
    ...steps,
    '',
    `Server: ${server}`,
    `Browser: ${browser}`,
    `Secure context: ${isSecure ? 'yes' : 'no'}`,
    `Time: ${time.toISOString()}`,
  ].join('\n');
}

export function formatMilliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
