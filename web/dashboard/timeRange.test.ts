import { describe, expect, it } from 'vitest';
import { rangeBetween, scaled } from './timeRange.ts';

const hour = { from: 1000, to: 4600 };

describe('a range between two times', () => {
  it('is the same in either direction', () => {
    expect(rangeBetween(2000, 3000, hour)).toEqual({ from: 2000, to: 3000 });
    expect(rangeBetween(3000, 2000, hour)).toEqual({ from: 2000, to: 3000 });
  });

  it('is two minutes long at least, also at either end', () => {
    expect(rangeBetween(2000, 2010, hour)).toEqual({ from: 1945, to: 2065 });
    expect(rangeBetween(1000, 1010, hour)).toEqual({ from: 1000, to: 1120 });
    expect(rangeBetween(4600, 4600, hour)).toEqual({ from: 4480, to: 4600 });
  });

  it('is no longer than what is known', () => {
    expect(rangeBetween(0, 9000, hour)).toEqual(hour);
    expect(rangeBetween(10, 20, { from: 10, to: 50 })).toEqual({ from: 10, to: 50 });
  });
});

describe('a scaled range', () => {
  it('keeps a time where it is', () => {
    expect(scaled(hour, 0.5, 1900, hour)).toEqual({ from: 1450, to: 3250 });
    expect(scaled({ from: 2000, to: 3000 }, 1.5, 2000, hour)).toEqual({ from: 2000, to: 3500 });
  });

  it('is none where it would be all that is known', () => {
    expect(scaled({ from: 2000, to: 3000 }, 10, 2500, hour)).toBeUndefined();
  });
});
