import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { Guesses, WRONG_GUESSES_PER_MINUTE } from './Guesses.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** Guesses one after the other. @returns how many were checked. */
function guessWrong(guesses: Guesses, address: string, times: number, now = NOW): number {
  let checked = 0;
  for (let count = 0; count < times; count += 1) {
    if (guesses.begin(address, now) !== 'go on') continue;
    guesses.end(address, true, now);
    checked += 1;
  }
  return checked;
}

describe('wrong guesses', () => {
  it('are ten of an address in a minute', () => {
    const guesses = new Guesses();
    expect(guessWrong(guesses, 'a', 100)).toBe(10);
    expect(guesses.begin('a', NOW + MINUTE - 1)).toBe('refuse');
    expect(guessWrong(guesses, 'a', 100, NOW + MINUTE)).toBe(10);
  });

  it('of one address are not held against another', () => {
    const guesses = new Guesses();
    guessWrong(guesses, 'a', 100);
    expect(guesses.begin('b', NOW)).toBe('go on');
  });

  it('are not more where they come all at once', () => {
    const guesses = new Guesses();
    const decisions = Array.from({ length: 100 }, () => guesses.begin('a', NOW));
    expect(decisions.filter((decision) => decision === 'go on')).toHaveLength(10);
    expect(new Set(decisions)).toEqual(new Set(['go on', 'wait']));
    for (let count = 0; count < 10; count += 1) guesses.end('a', true, NOW);
    expect(guesses.begin('a', NOW)).toBe('refuse');
  });

  it('that never end do not keep others waiting for ever', () => {
    const guesses = new Guesses();
    for (let count = 0; count < 10; count += 1) guesses.begin('a', NOW);
    expect(guesses.begin('a', NOW + 9999)).toBe('wait');
    expect(guesses.begin('a', NOW + 10_000)).toBe('go on');
  });

  it('block nobody for longer where the clock is set back', () => {
    const guesses = new Guesses();
    guessWrong(guesses, 'a', 10);
    expect(guesses.begin('a', NOW - 10 * MINUTE)).toBe('go on');
  });

  it('that another server has counted block an address for a minute', () => {
    const guesses = new Guesses();
    guesses.block('a', NOW);
    expect(guesses.begin('a', NOW + MINUTE - 1)).toBe('refuse');
    expect(guesses.begin('a', NOW + MINUTE)).toBe('go on');
  });
});

it('right guesses are without limit, however many at a time', () => {
  const guesses = new Guesses();
  const school = Array.from({ length: 130 }, (_, n) => n);
  let rounds = 0;
  while (school.length > 0) {
    const inside = school.filter(() => guesses.begin('school', NOW) === 'go on');
    for (const player of inside) {
      guesses.end('school', false, NOW);
      school.splice(school.indexOf(player), 1);
    }
    rounds += 1;
  }
  expect(rounds).toBe(13);
});

it('no order of guesses gets more than ten wrong ones checked in one minute and ten in the next', () => {
  const step = fc.record({
    kind: fc.constantFrom('begin', 'begin', 'end'),
    isWrong: fc.boolean(),
    milliseconds: fc.nat(3000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const guesses = new Guesses();
      let [now, underWay] = [NOW, 0];
      const wrongAt: number[] = [];
      for (const { kind, isWrong, milliseconds } of steps) {
        now += milliseconds;
        if (kind === 'begin' && guesses.begin('a', now) === 'go on') underWay += 1;
        if (kind === 'end' && underWay > 0) {
          underWay -= 1;
          guesses.end('a', isWrong, now);
          if (isWrong) wrongAt.push(now);
        }
      }
      // Any window of a minute may be the end of one count and the beginning of the next.
      for (const start of wrongAt) {
        const inMinute = wrongAt.filter((at) => at >= start && at < start + MINUTE);
        expect(inMinute.length).toBeLessThanOrEqual(2 * WRONG_GUESSES_PER_MINUTE);
      }
    }),
    fuzzing(200),
  );
});
