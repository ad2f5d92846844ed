import { expect, it } from 'vitest';
import { isCaller } from './Mesh.ts';

it('of two players the one who came later calls', () => {
  expect(isCaller({ id: 'a', seq: 2 }, { id: 'b', seq: 1 })).toBe(true);
  expect(isCaller({ id: 'b', seq: 1 }, { id: 'a', seq: 2 })).toBe(false);
});

it('exactly one of two players calls, whatever their order', () => {
  const players = ['a', 'b', 'c'].flatMap((id) => [0, 1, 2].map((seq) => ({ id, seq })));
  for (const one of players) {
    for (const other of players) {
      if (one.id === other.id) continue;
      expect(isCaller(one, other)).toBe(!isCaller(other, one));
    }
  }
});
