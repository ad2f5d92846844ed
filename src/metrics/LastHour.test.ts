import { expect, it } from 'vitest';
import { LastHour, type Point } from './LastHour.ts';

const MINUTE = 60_000;
const START = 1_000 * MINUTE;

function having(rooms: number): Omit<Point, 'at'> {
  return { rooms, peers: 0, connections: 0, relayed: 0, refusals: 0, wakes: 0 };
}

/** The minute of each point, and how many rooms there were. */
function told(points: readonly Point[]): [number, number][] {
  return points.map(({ at, rooms }) => [Math.floor((at - START) / MINUTE), rooms]);
}

it('keeps a point a minute, however often something changes', () => {
  const hour = new LastHour();
  for (let at = 0; at < 2 * MINUTE; at += 1000) {
    hour.change(START + at, () => having(at / 1000));
  }
  expect(told(hour.points(START + 2 * MINUTE, having(120)))).toEqual([
    [0, 0],
    [1, 60],
    [2, 120],
  ]);
});

it('is flat where nothing changed, up to the moment of the change', () => {
  const hour = new LastHour();
  hour.change(START, () => having(0));
  hour.change(START + 20 * MINUTE, () => having(5));
  expect(told(hour.points(START + 30 * MINUTE, having(7)))).toEqual([
    [0, 0],
    [0, 5],
    [20, 5],
    [20, 7],
    [30, 7],
  ]);
});

it('keeps an hour, and never more than two points a minute', () => {
  const hour = new LastHour();
  for (let minute = 0; minute < 300; minute += 1) {
    hour.change(START + minute * 1.1 * MINUTE, () => having(minute));
  }
  const now = START + 330 * MINUTE;
  const points = hour.points(now, having(0));
  expect(points.length).toBeLessThanOrEqual(120);
  expect(points[0]?.at).toBeGreaterThan(now - 61 * MINUTE);
});

it('forgets what is in the future, when the clock is set back', () => {
  const hour = new LastHour();
  hour.change(START, () => having(1));
  hour.change(START - 30 * MINUTE, () => having(2));
  expect(told(hour.points(START - 29 * MINUTE, having(3)))).toEqual([
    [-30, 2],
    [-30, 3],
    [-29, 3],
  ]);
});
