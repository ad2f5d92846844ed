import { expect, it } from 'vitest';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

it('lets each key have its limit in a period, and again in the next', () => {
  const limiter = new MemoryRateLimiter({ limit: 2, period: 60 });
  const answers = (key: string, now: number) => [1, 2, 3].map(() => limiter.limit(key, now));
  expect(answers('a', 1000)).toEqual([true, true, false]);
  expect(answers('b', 60_999)).toEqual([true, true, false]);
  expect(limiter.limit('a', 60_999)).toBe(false);
  expect(answers('a', 61_000)).toEqual([true, true, false]);
});

it.each([1000, 3_600_000])('forgives in time after the clock was set back by %i ms', (back) => {
  const limiter = new MemoryRateLimiter({ limit: 1, period: 60 });
  const start = 10_000_000;
  expect(limiter.limit('a', start)).toBe(true);
  const now = start - back;
  expect(limiter.limit('a', now)).toBe(false);
  expect(limiter.limit('a', now + 60_000)).toBe(true);
});

it('remembers no more than 100,000 keys', () => {
  const limiter = new MemoryRateLimiter({ limit: 1, period: 60 });
  let refused = 0;
  for (let key = 0; key < 100_000; key += 1) if (!limiter.limit(String(key), 0)) refused += 1;
  expect(refused).toBe(0);
  expect(limiter.limit('0', 0)).toBe(true);
  expect(limiter.limit('0', 0)).toBe(false);
});
