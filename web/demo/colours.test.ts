import { expect, it } from 'vitest';
import { coloursOf, newPlayerId } from './colours.ts';

it('gives a new player the first colour that is free', () => {
  const ids: string[] = [];
  for (let count = 0; count < 4; count += 1) ids.push(newPlayerId(ids));
  expect(ids.map((id) => coloursOf(ids).get(id))).toEqual([0, 1, 2, 3]);
  expect(newPlayerId(ids.slice(1))).toMatch(/^0-/);
});

it('tells apart players who asked for the same colour, and everyone agrees which has which', () => {
  const ids = ['1-b', '1-a', '0-c'];
  const expected = new Map([
    ['0-c', 0],
    ['1-a', 1],
    ['1-b', 2],
  ]);
  expect(coloursOf(ids)).toEqual(expected);
  expect(coloursOf(ids.toReversed())).toEqual(expected);
});

it('has a colour for any id', () => {
  expect([...coloursOf(['somebody', '99-x', '-3']).values()].every((it) => it >= 0 && it < 8)).toBe(
    true,
  );
});
