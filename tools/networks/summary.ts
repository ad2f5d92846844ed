import { median, percentile } from '../../bench/statistics.ts';
import {
  arrivalsOf,
  type NetworkCase,
  type NetworkRun,
} from '../../tests/support/network/cases.ts';

/** A case, and what came of it. */
export interface PlayedCase {
  readonly played: Pick<NetworkCase, 'name' | 'delay'>;
  readonly run: NetworkRun;
}

/** What two players saw of each network, and what became of their messages. */
export function networksTable(cases: readonly PlayedCase[]): string {
  const headings = [
    'the network',
    '`via`',
    'the game is told',
    'how long',
    'reliable messages',
    'unreliable ones',
  ];
  const rows = cases.map(({ played, run }) => {
    const { sent, reliable, unreliable, isComplete } = arrivalsOf(run);
    return [
      played.name,
      viaOf(run),
      toldOf(run),
      `${((run.span.to - run.span.from) / 1000).toFixed(1)} s until ${run.span.until}`,
      `${reliable} of ${sent}${isComplete ? '' : ', not in order'}`,
      `${unreliable} of ${sent}`,
    ];
  });
  return tableOf(headings, rows);
}

/** How long messages take where a link loses packets. */
export function latencyTable(cases: readonly PlayedCase[]): string {
  const headings = ['the link', 'takes', 'unreliable: median', 'p95', 'reliable: median', 'p95'];
  const rows = cases.flatMap(({ played: { name, delay }, run }) => {
    if (delay === undefined) return [];
    const { reliable, unreliable } = arrivalsOf(run).latencies;
    const times = [unreliable, reliable].flatMap((all) => [median(all), percentile(all, 0.95)]);
    return [[name, ...[delay, ...times].map((time) => `${time.toFixed(0)} ms`)]];
  });
  return tableOf(headings, rows);
}

/** What should not be so, in a sentence each. */
export function faultsOf(cases: readonly PlayedCase[]): string[] {
  return cases
    .filter(({ run }) => !arrivalsOf(run).isComplete)
    .map(
      ({ played: { name } }) => `Reliable messages were lost, or came in another order: ${name}.`,
    );
}

function viaOf({ vias, reasons }: NetworkRun): string {
  return ofBoth(
    [vias.ann, reasons.ann].filter(Boolean).join(', '),
    [vias.bob, reasons.bob].filter(Boolean).join(', '),
  );
}

function toldOf({ told }: NetworkRun): string {
  return ofBoth(told.ann.join(', ') || 'nothing', told.bob.join(', ') || 'nothing');
}

function ofBoth(ann: string, bob: string): string {
  return ann === bob ? ann : `${ann}; the other one: ${bob}`;
}

function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
