import { expect, it } from 'vitest';
import { readMessage } from './messages.ts';

it.each([
  { type: 'cursor', at: { x: 0, y: 1 } },
  { type: 'ping', sent: 1.5, roundTrips: { someone: 3 } },
  { type: 'pong', sent: 2 },
])('reads $type', (message) => {
  expect(readMessage(message)).toEqual(message);
});

it.each([
  null,
  'text',
  [],
  { type: 'cursor' },
  { type: 'cursor', at: { x: 2, y: 0 } },
  { type: 'cursor', at: { x: Number.NaN, y: 0 } },
  { type: 'ping', sent: 1 },
  { type: 'pong', sent: '1' },
  { type: 'other', sent: 1 },
])('ignores %j from another player', (data) => {
  expect(readMessage(data)).toBeUndefined();
});

it('keeps only times in what another player measured', () => {
  const roundTrips = { a: 1, b: -1, c: 'soon', d: null };
  expect(readMessage({ type: 'ping', sent: 1, roundTrips })).toMatchObject({
    roundTrips: { a: 1 },
  });
});
