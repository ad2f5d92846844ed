import { median, percentile } from '../../bench/statistics.ts';
import type { HostEnding, HostRun } from '../../tests/support/browser/hostEndings.ts';

/** All runs of one ending, those that failed as undefined: there was no new host within a minute. */
export interface PlayedEnding {
  readonly ending: Pick<HostEnding, 'name' | 'budget'>;
  readonly runs: readonly (HostRun | undefined)[];
}

const HEADINGS = ['the host', 'another host: median', 'p95', 'longest', 'the game goes on: p95'];

/** The table for the document. */
export function hostsTable(played: readonly PlayedEnding[]): string {
  return [
    HEADINGS,
    HEADINGS.map((_, column) => (column === 0 ? '---' : '--:')),
    ...played.map(({ ending, runs }) => {
      const done = runs.filter((run) => run !== undefined);
      const replaced = done.map(({ replacedAfter }) => replacedAfter);
      return [
        ending.name,
        seconds(median(replaced)),
        seconds(percentile(replaced, 0.95)),
        seconds(Math.max(...replaced)),
        seconds(
          percentile(
            done.map(({ wentOnAfter }) => wentOnAfter),
            0.95,
          ),
        ),
      ];
    }),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** What came of all runs, in a sentence for the document. */
export function outcomeOf(played: readonly PlayedEnding[]): string {
  const runs = played.flatMap((it) => it.runs);
  const count = (isSo: (run: HostRun | undefined) => boolean) => runs.filter(isSo).length;
  return (
    `${runs.length} runs: ${count((run) => run?.isAgreed === false)} disagreements, ` +
    `${count((run) => run?.isKept === false)} roles taken back, ${count((run) => !run)} failed.`
  );
}

/** What should not be so, in a sentence each. */
export function faultsOf(played: readonly PlayedEnding[]): string[] {
  return played.flatMap(({ ending: { name, budget }, runs }) => {
    const faults: string[] = [];
    const times = runs.map((run) => run?.replacedAfter ?? Number.POSITIVE_INFINITY);
    const p95 = percentile(times, 0.95) / 1000;
    if (p95 > budget) faults.push(`The p95 is ${p95.toFixed(2)} s, and ${budget} s is the most`);
    if (runs.some((run) => run?.isAgreed === false)) faults.push('The others did not agree');
    if (runs.some((run) => run?.isKept === false)) faults.push('The role was taken back');
    if (runs.includes(undefined)) faults.push('A run failed');
    return faults.map((fault) => `${fault}: ${name}.`);
  });
}

function seconds(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${(milliseconds / 1000).toFixed(2)} s` : '–';
}
