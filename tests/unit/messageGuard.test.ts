import { expect, it } from 'vitest';
import { MessageGuard } from '../../src/room/MessageGuard.ts';

const START = 1_000_000;

it('lets a burst of one second pass, and after it the rate', () => {
  const guard = new MessageGuard(100, START);
  for (let n = 0; n < 100; n += 1) expect(guard.count(START)).toBe('pass');
  expect(guard.count(START)).not.toBe('pass');
  for (let n = 1; n <= 500; n += 1) expect(guard.count(START + n * 10)).toBe('pass');
});

it('warns once in an episode, however long the drops go on', () => {
  const guard = new MessageGuard(10, START);
  const verdicts = [];
  for (let now = START; now < START + 4000; now += 20) verdicts.push(guard.count(now));
  expect(verdicts.filter((verdict) => verdict === 'warn')).toHaveLength(1);
  expect(verdicts.filter((verdict) => verdict === 'close')).toHaveLength(0);
});

it('warns again when a peer has kept the limit for a second and then breaks it', () => {
  const guard = new MessageGuard(1, START);
  guard.count(START);
  expect(guard.count(START)).toBe('warn');
  expect(guard.count(START + 500)).toBe('drop');
  expect(guard.count(START + 2000)).toBe('pass');
  expect(guard.count(START + 2001)).toBe('warn');
});

it('closes after five seconds of flooding', () => {
  const guard = new MessageGuard(10, START);
  let now = START;
  while (guard.count(now) !== 'close') now += 20;
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
