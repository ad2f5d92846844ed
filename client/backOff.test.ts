import { expect, it, onTestFinished, vi } from 'vitest';
import { backOff } from './backOff.ts';

/** What chance decides. @returns the waits of five attempts. */
function waits(random: number): number[] {
  const chance = vi.spyOn(Math, 'random').mockReturnValue(random);
  onTestFinished(() => chance.mockRestore());
  return [0, 1, 2, 3, 4].map((attempt) => backOff(attempt, 500, 3000));
}

it('each wait is twice as long as the last, up to a limit', () => {
  expect(waits(1)).toEqual([500, 1000, 2000, 3000, 3000]);
});

it('chance makes each up to half shorter, so that players do not all return at once', () => {
  expect(waits(0)).toEqual([250, 500, 1000, 1500, 1500]);
});
