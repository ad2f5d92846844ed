import { expect, it } from 'vitest';
import { RecentLists } from './RecentLists.ts';

const NOW = Date.UTC(2026, 0, 1);

it('a list is given again for two seconds', () => {
  const lists = new RecentLists<string>();
  expect(lists.get('pong', NOW)).toBeUndefined();
  lists.set('pong', 'a list', NOW);
  expect(lists.get('pong', NOW + 1999)).toEqual({ value: 'a list', age: 1999 });
  expect(lists.get('pong', NOW + 2000)).toBeUndefined();
  expect(lists.get('chess', NOW)).toBeUndefined();
});

it('a list is not given where the clock was set back', () => {
  const lists = new RecentLists<string>();
  lists.set('pong', 'a list', NOW);
  expect(lists.get('pong', NOW - 1)).toBeUndefined();
});

it('no more lists are kept than memory is for', () => {
  const lists = new RecentLists<number>();
  for (let count = 0; count < 501; count += 1) lists.set(String(count), count, NOW);
  expect(lists.get('0', NOW)).toBeUndefined();
  expect(lists.get('500', NOW)).toEqual({ value: 500, age: 0 });
});
