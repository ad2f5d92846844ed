import { describe, expect, it } from 'vitest';
import { MessageGuard } from './MessageGuard.ts';

const START = 1_000_000;
const MIB = 1_048_576;

/** How many frames of a size pass at one moment, until one does not. */
function passing(guard: MessageGuard, now: number, size = 100): number {
  let count = 0;
  while (guard.count(size, now) === 'pass') count += 1;
  return count;
}

describe('the rate of frames', () => {
  it('lets ten seconds of it pass at once, and after that the rate for ever', () => {
    const guard = new MessageGuard(100, START);
    expect(passing(guard, START)).toBe(1000);
    for (let n = 1; n <= 3000; n += 1) expect(guard.count(100, START + n * 10)).toBe('pass');
    expect(guard.count(100, START + 30_000)).toBe('drop-first');
  });

  it('is saved up for no more than ten seconds', () => {
    const guard = new MessageGuard(100, START);
    passing(guard, START);
    expect(passing(guard, START + 5000)).toBe(500);
    expect(passing(guard, START + 3_600_000)).toBe(1000);
  });

  it('is no less for each offer that was delivered: forty frames more', () => {
    const guard = new MessageGuard(100, START);
    guard.owe(START);
    guard.owe(START);
    expect(passing(guard, START)).toBe(1080);
  });

  it('stays untouched while a peer answers offers', () => {
    const guard = new MessageGuard(100, START);
    for (let offer = 0; offer < 1000; offer += 1) {
      guard.owe(START);
      for (let frame = 0; frame < 40; frame += 1) expect(guard.count(100, START)).toBe('pass');
    }
    expect(passing(guard, START)).toBe(1000);
  });

  it('has no more owed to it than for a hundred offers', () => {
    const guard = new MessageGuard(100, START);
    for (let offer = 0; offer < 500; offer += 1) guard.owe(START);
    expect(passing(guard, START)).toBe(4000 + 1000);
  });

  it('has nothing owed to it half a minute after the last offer', () => {
    const late = new MessageGuard(100, START);
    late.owe(START);
    expect(passing(late, START + 30_001)).toBe(1000);

    const again = new MessageGuard(100, START);
    again.owe(START);
    again.owe(START + 30_001);
    expect(passing(again, START + 30_001)).toBe(1040);

    const inTime = new MessageGuard(100, START);
    inTime.owe(START);
    expect(passing(inTime, START + 30_000)).toBe(1040);
  });
});

describe('the rate of bytes', () => {
  it('lets 8 MiB pass at once, and after that 1 MiB a second', () => {
    const guard = new MessageGuard(100, START);
    expect(passing(guard, START, MIB / 4)).toBe(32);
    expect(passing(guard, START + 1000, MIB / 4)).toBe(4);
    expect(passing(guard, START + 61_000, MIB / 4)).toBe(32);
  });

  it('leaves the frames for others: what is dropped costs nothing', () => {
    const guard = new MessageGuard(100, START);
    passing(guard, START, MIB);
    for (let n = 0; n < 2000; n += 1) expect(guard.count(MIB, START)).not.toBe('pass');
    expect(passing(guard, START + 1000, 0)).toBe(1000);
  });

  it('counts for answers to offers too', () => {
    const guard = new MessageGuard(100, START);
    for (let offer = 0; offer < 100; offer += 1) guard.owe(START);
    expect(passing(guard, START, MIB)).toBe(8);
  });

  it('lets a frame pass now and then that is larger than all that is saved up', () => {
    const guard = new MessageGuard(1, START);
    expect(guard.count(MIB, START)).toBe('pass');
    expect(guard.count(100, START)).not.toBe('pass');
    expect(guard.count(MIB, START + 7000)).not.toBe('pass');
    expect(guard.count(MIB, START + 8000)).toBe('pass');
  });
});

describe('a flood', () => {
  it('is noted once in an episode, however long the drops go on', () => {
    const guard = new MessageGuard(10, START);
    const verdicts = [];
    for (let now = START; now < START + 4000; now += 2) verdicts.push(guard.count(100, now));
    expect(verdicts.filter((verdict) => verdict === 'drop-first')).toHaveLength(1);
    expect(verdicts).toContain('drop');
    expect(verdicts).not.toContain('end');
  });

  it('is noted again when a peer has kept the limit for a second and then breaks it', () => {
    const guard = new MessageGuard(1, START);
    passing(guard, START);
    expect(guard.count(100, START + 500)).toBe('drop');
    expect(guard.count(100, START + 2000)).toBe('pass');
    expect(guard.count(100, START + 2001)).toBe('pass');
    expect(guard.count(100, START + 2001)).toBe('drop-first');
  });

  it('ends the session after five seconds', () => {
    const guard = new MessageGuard(10, START);
    let now = START;
    while (guard.count(100, now) === 'pass') now += 1;
    const begin = now;
    while (guard.count(100, now) !== 'end') now += 20;
    expect(now - begin).toBeGreaterThanOrEqual(5000);
    // One in a while passes, at which nothing can be ended.
    expect(now - begin).toBeLessThan(5100);
  });

  it('of bytes ends the session too', () => {
    const guard = new MessageGuard(100, START);
    let now = START;
    while (guard.count(MIB, now) !== 'end') now += 100;
    expect(now - START).toBeLessThan(7000);
  });

  it('ends no session that pauses for more than a second', () => {
    const guard = new MessageGuard(1, START);
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 50; n += 1) {
        expect(guard.count(100, START + round * 1500)).not.toBe('end');
      }
    }
  });
});

describe('malformed frames', () => {
  it('are dropped, noted once, and end the session at the hundredth in a minute', () => {
    const guard = new MessageGuard(100, START);
    const verdicts = Array.from({ length: 100 }, (_, n) => guard.countMalformed(START + n * 600));
    expect(verdicts).toEqual(['drop-first', ...Array.from({ length: 98 }, () => 'drop'), 'end']);
  });

  it('are forgiven after a minute: one a second may come for ever', () => {
    const guard = new MessageGuard(100, START);
    for (let n = 0; n < 1000; n += 1) {
      expect(guard.countMalformed(START + n * 1000)).not.toBe('end');
    }
  });
});
