import type { Summary } from '../../src/metrics/formats.ts';
import { isRefusalReason, refusalSentence } from '../../src/protocol/refusals.ts';
import { make } from '../shared/dom.ts';
import { total } from './metrics.ts';

/** One line: what was counted, how often, and what it means. */
interface Fact {
  readonly name: string;
  readonly value: string;
  readonly meaning?: string;
  readonly isTrouble?: boolean;
}

const whole = (value: number) => value.toLocaleString('en');

/** All that was counted since the start, as lines of a description list. */
export function totalsOf({ counters, errors }: Summary): HTMLElement[] {
  const { offer, answer } = counters.handshakes;
  const answered = offer === 0 ? '' : ` (${Math.round((answer / offer) * 100)}%)`;
  const facts: Fact[] = [
    { name: 'Joins', value: whole(counters.connections) },
    { name: 'Messages relayed', value: whole(total(counters.relayed)) },
    { name: 'Handshakes offered', value: whole(offer) },
    { name: 'Handshakes answered', value: `${whole(answer)}${answered}` },
    { name: 'Messages expired', value: whole(counters.expired) },
    { name: 'Takeovers', value: whole(counters.takeovers) },
    { name: 'Wakes', value: whole(counters.wakes) },
    {
      name: 'Failures',
      value: whole(errors.failure),
      ...(errors.failure > 0
        ? { meaning: 'Joins that failed because of the server: see its log', isTrouble: true }
        : {}),
    },
    { name: 'Refusals', value: whole(total(counters.refusals)) },
    ...Object.entries(counters.refusals)
      .filter(([, count]) => count > 0)
      .toSorted(([, a], [, b]) => b - a)
      .map(([reason, count]) => ({
        name: `– ${reason}`,
        value: whole(count),
        ...(isRefusalReason(reason) ? { meaning: refusalSentence(reason) } : {}),
      })),
  ];
  return facts.map(lineOf);
}

function lineOf({ name, value, meaning, isTrouble = false }: Fact): HTMLElement {
  const line = make('div');
  const term = make('dt', name);
  if (meaning !== undefined) term.append(make('span', meaning, 'meaning'));
  line.append(term, make('dd', value, isTrouble ? 'wrong' : ''));
  return line;
}
