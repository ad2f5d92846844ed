import { describe, expect, it } from 'vitest';
import { PerSecond } from './PerSecond.ts';
import { Since } from './Since.ts';

describe.each([1000, 3_600_000])('with a clock that is set back by %i ms', (back) => {
  const start = 10_000_000;

  it('elapsed time is never negative, and goes on from there', () => {
    const since = new Since(start);
    expect(since.elapsed(start + 5)).toBe(5);
    expect(since.elapsed(start + 5 - back)).toBe(0);
    expect(since.elapsed(start + 10 - back)).toBe(5);
  });

  it('what is allowed so often in a second is allowed again in the next', () => {
    const lines = new PerSecond(1);
    expect(lines.take(start)).toBe(true);
    expect(lines.take(start)).toBe(false);
    expect(lines.take(start - back)).toBe(true);
    expect(lines.take(start - back)).toBe(false);
    expect(lines.take(start - back + 1000)).toBe(true);
  });
});
