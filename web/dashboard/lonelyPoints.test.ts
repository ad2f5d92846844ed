import { expect, it } from 'vitest';
import type { Values } from './History.ts';
import { lonelyPoints } from './lonelyPoints.ts';

it.each<[string, Values, number[]]>([
  ['the only one', [4], [0]],
  ['the first rate, before which there is none', [null, 4], [1]],
  ['one between two gaps', [1, 2, null, 0, null, 3, 4], [3]],
  ['none of a line', [1, 2, 3], []],
  ['none of what is not known', [null, null], []],
])('no line reaches %s', (_, values, expected) => {
  expect(lonelyPoints(values)).toEqual(expected);
});
