import { expect, it } from 'vitest';
import { MessageGuard } from '../../src/room/MessageGuard.ts';

const START = 1_000_000;

it('lets a burst of one second pass, and after it the rate', () => {
  const guard = new MessageGuard(100, START);
  for (let n = 0; n < 100; n += 1) expect(guard.count(100, START)).toBe('pass');
  expect(guard.count(100, START)).not.toBe('pass');
  for (let n = 1; n <= 500; n += 1) expect(guard.count(100, START + n * 10)).toBe('pass');
});

it('warns once in an episode, however long the drops go on', () => {
  const guard = new MessageGuard(10, START);
  const verdicts = [];
  for (let now = START; now < START + 4000; now += 20) verdicts.push(guard.count(100, now));
  expect(verdicts.filter((verdict) => verdict === 'warn')).toHaveLength(1);
  expect(verdicts.filter((verdict) => verdict === 'close')).toHaveLength(0);
});

it('warns again when a peer has kept the limit for a second and then breaks it', () => {
  const guard = new MessageGuard(1, START);
  guard.count(100, START);
  expect(guard.count(100, START)).toBe('warn');
  expect(guard.count(100, START + 500)).toBe('drop');
  expect(guard.count(100, START + 2000)).toBe('pass');
  expect(guard.count(100, START + 2001)).toBe('warn');
});

it('closes after five seconds of flooding', () => {
  const guard = new MessageGuard(10, START);
  let now = START;
  while (guard.count(100, now) !== 'close') now += 20;
  expect(now - START).toBeGreaterThanOrEqual(5000);
  expect(now - START).toBeLessThan(7000);
});

it('warns at the third malformed frame in a minute and closes at the tenth', () => {
  const guard = new MessageGuard(100, START);
  const verdicts = Array.from({ length: 10 }, (_, n) => guard.countMalformed(START + n));
  expect(verdicts).toEqual([
    'drop',
    'drop',
    'warn',
    ...Array.from({ length: 6 }, () => 'drop'),
    'close',
  ]);
});

it('forgives malformed frames after a minute', () => {
  const guard = new MessageGuard(100, START);
  for (let n = 0; n < 9; n += 1) guard.countMalformed(START);
  expect(guard.countMalformed(START + 60_001)).toBe('drop');
});

it('counts a large frame as several', () => {
  const guard = new MessageGuard(100, START);
  for (let n = 0; n < 4; n += 1) expect(guard.count(100_000, START)).toBe('pass');
  expect(guard.count(100, START)).not.toBe('pass');
});

it('lets a frame pass that is larger than a whole second is worth, when the peer has been quiet', () => {
  const guard = new MessageGuard(2, START);
  expect(guard.count(1_000_000, START)).toBe('pass');
  expect(guard.count(100, START + 400)).not.toBe('pass');
  expect(guard.count(1_000_000, START + 2000)).toBe('pass');
});
