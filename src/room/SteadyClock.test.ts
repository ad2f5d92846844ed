import { expect, it } from 'vitest';
import { SteadyClock } from './SteadyClock.ts';

it('follows the clock of the machine', () => {
  const clock = new SteadyClock();
  expect(clock.read(1000)).toBe(1000);
  expect(clock.read(5000)).toBe(5000);
  expect(clock.toWall(7000)).toBe(7000);
  expect(clock.fromWall(4000)).toBe(4000);
});

it.each([1, 1000, 10_000, 3_600_000])(
  'stands still for a moment where that is set back by %i ms, and goes on',
  (step) => {
    const clock = new SteadyClock();
    clock.read(10_000_000);
    expect(clock.read(10_000_000 - step)).toBe(10_000_000);
    expect(clock.read(10_000_000 - step + 500)).toBe(10_000_500);
    expect(clock.toWall(10_005_000)).toBe(10_005_000 - step);
  },
);

it('never runs backwards, however often that is set back', () => {
  const clock = new SteadyClock();
  let wall = 1_000_000;
  let last = clock.read(wall);
  for (let n = 0; n < 1000; n += 1) {
    wall += n % 3 === 0 ? -700 : 400;
    const now = clock.read(wall);
    expect(now - last).toBe(n % 3 === 0 ? 0 : 400);
    last = now;
  }
});

it('takes no time for later than now', () => {
  const clock = new SteadyClock();
  clock.read(5000);
  expect(clock.fromWall(5500)).toBe(5000);
  expect(clock.fromWall(3_600_000)).toBe(5000);
});

it('knows a time that was taken before the machine was set back', () => {
  const clock = new SteadyClock();
  clock.read(9_000_000);
  clock.read(9_000_000 - 3_600_000);
  expect(clock.fromWall(8_999_000)).toBe(8_999_000);
  // One that was taken since, just after the last look at the clock.
  expect(clock.fromWall(9_000_000 - 3_600_000 + 1000)).toBe(9_000_000);
  expect(clock.read(9_000_000 - 3_600_000 + 60_000)).toBe(9_060_000);
  expect(clock.fromWall(9_000_000 - 3_600_000 + 20_000)).toBe(9_020_000);
  expect(clock.fromWall(8_999_000)).toBe(8_999_000);
});
