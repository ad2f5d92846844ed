import { expect, it } from 'vitest';
import { coloursOf } from './colours.ts';

it('gives a player without a colour the first that is free', () => {
  const colours = coloursOf([
    { id: 'new', colour: undefined },
    { id: 'blue', colour: 0 },
    { id: 'green', colour: 2 },
  ]);
  expect(colours.get('new')).toBe(1);
});

it('gives a colour that two want to the one who came first', () => {
  const colours = coloursOf([
    { id: 'b', colour: 1 },
    { id: 'a', colour: 1 },
  ]);
  expect([...colours]).toEqual([
    ['b', 1],
    ['a', 2],
  ]);
});

it('has a colour for whatever a player says', () => {
  const colours = coloursOf(['x', -3, 99, {}, null].map((colour, id) => ({ id: `${id}`, colour })));
  expect([...colours.values()].every((it) => it >= 0 && it < 8)).toBe(true);
});
