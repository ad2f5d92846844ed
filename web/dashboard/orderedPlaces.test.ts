import { expect, it } from 'vitest';
import type { Place } from '../../src/metrics/Collection.ts';
import { type Order, orderedPlaces } from './orderedPlaces.ts';

const PLACES: readonly Place[] = [
  { name: '/room/10', kind: 'room', peers: ['Zoë', 'bob'], peerCount: 2 },
  { name: '/lobby', kind: 'realm', peers: ['carol'], peerCount: 120 },
  { name: '/room/9', kind: 'room', peers: ['alice', 'dave'], peerCount: 2 },
];

function names(search: string, order: Order = 'a to z'): string[] {
  return orderedPlaces(PLACES, search, order).map(({ name }) => name);
}

it.each<[Order, string[]]>([
  ['most peers', ['/lobby', '/room/9', '/room/10']],
  ['fewest peers', ['/room/9', '/room/10', '/lobby']],
  ['a to z', ['/lobby', '/room/9', '/room/10']],
  ['z to a', ['/room/10', '/room/9', '/lobby']],
])('the order can be: %s', (order, expected) => {
  expect(names('', order)).toEqual(expected);
});

it.each([
  ['a part of a name', 'room', ['/room/9', '/room/10']],
  ['a peer, whatever the case and the accents', ' ZOE ', ['/room/10']],
  ['nothing there', 'table', []],
])('%s is found', (_, search, expected) => {
  expect(names(search)).toEqual(expected);
});
