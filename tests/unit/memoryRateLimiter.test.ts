import { expect, it } from 'vitest';
import { MemoryRateLimiter } from '../../src/lib/MemoryRateLimiter.ts';

it('lets each key have its limit in a period, and again in the next', () => {
  const limiter = new MemoryRateLimiter({ limit: 2, period: 60 });
  const answers = (key: string, now: number) => [1, 2, 3].map(() => limiter.limit(key, now));
  expect(answers('a', 1000)).toEqual([true, true, false]);
  expect(answers('b', 60_999)).toEqual([true, true, false]);
  expect(limiter.limit('a', 60_999)).toBe(false);
  expect(answers('a', 61_000)).toEqual([true, true, false]);
});
