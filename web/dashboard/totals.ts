import type { HostChangeCause } from '../../src/metrics/Counters.ts';
import type { Summary } from '../../src/metrics/formats.ts';
import { isRefusalReason, refusalSentence } from '../../src/protocol/refusals.ts';
import {
  ROOM_REFUSALS,
  type RoomErrorType,
  type RoomRefusal,
  roomRefusalSentence,
} from '../../src/protocol/roomRefusals.ts';
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
    { name: 'Messages passed on', value: whole(total(counters.relayed)) },
    { name: 'Handshakes offered', value: whole(offer) },
    { name: 'Handshakes answered', value: `${whole(answer)}${answered}` },
    {
      name: 'Messages expired',
      value: whole(counters.expired),
      meaning: 'For somebody who did not come in time',
    },
    {
      name: 'Takeovers',
      value: whole(counters.takeovers),
      meaning: 'Joins with an id that was held: returns and reloads',
    },
    {
      name: 'Wakes',
      value: whole(counters.wakes),
      meaning: 'Rooms and realms that began, or were woken from sleep',
    },
    {
      name: 'Failures',
      value: whole(errors.failure),
      ...(errors.failure > 0
        ? { meaning: 'Joins that failed because of the server: see its log', isTrouble: true }
        : {}),
    },
    { name: 'Refusals', value: whole(total(counters.refusals)) },
    ...parts(counters.refusals, (reason) =>
      isRefusalReason(reason) ? refusalSentence(reason) : undefined,
    ),
    { name: 'Rooms created by HTTP', value: whole(counters.roomsMade) },
    { name: 'Matches begun', value: whole(counters.matches) },
    { name: 'Seats refused', value: whole(total(counters.seatRefusals)) },
    ...parts(counters.seatRefusals, seatRefusalSentence),
    { name: 'Host changes', value: whole(total(counters.hostChanges)) },
    ...parts(counters.hostChanges, (cause) => CAUSES[cause]),
    { name: 'Kicks', value: whole(counters.kicks) },
  ];
  return facts.map(lineOf);
}

/** Why a room has another host. */
const CAUSES: Readonly<Record<HostChangeCause, string>> = {
  left: 'The host left, or lost the network for too long',
  yielded: 'The host asked for another one',
  'handed-over': 'The host chose another one',
  silent: 'The host did not answer, as the others said',
};

/** A line for each part of a count that there is, the largest first. */
function parts<Part extends string>(
  counts: Readonly<Record<Part, number>>,
  meaningOf: (part: Part) => string | undefined,
): Fact[] {
  return (Object.entries(counts) as [Part, number][])
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([part, count]) => {
      const meaning = meaningOf(part);
      return {
        name: `– ${part}`,
        value: whole(count),
        ...(meaning === undefined ? {} : { meaning }),
      };
    });
}

function seatRefusalSentence(type: RoomErrorType): string | undefined {
  if (type === 'invalid-request') return 'The request is not as openapi.yaml says';
  // A newer server may have others.
  return (ROOM_REFUSALS as readonly string[]).includes(type)
    ? roomRefusalSentence(type as RoomRefusal)
    : undefined;
}

function lineOf({ name, value, meaning, isTrouble = false }: Fact): HTMLElement {
  const line = make('div');
  const term = make('dt', name);
  if (meaning !== undefined) term.append(make('span', meaning, 'meaning'));
  line.append(term, make('dd', value, isTrouble ? 'wrong' : ''));
  return line;
}
