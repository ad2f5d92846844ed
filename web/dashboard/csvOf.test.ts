import { expect, it } from 'vitest';
import { csvOf } from './csvOf.ts';

it('has a line for each point in the range, and nothing where nothing is known', () => {
  const values = {
    rooms: [1, 2, null, 4],
    peers: [4, 8, null, 16],
    messages: [null, 0.5, null, 2],
    joins: [null, 12, null, 1 / 3],
    refusals: [null, 0, null, 0],
    wakes: [null, 0, null, 0],
    linked: [null, 0.75, null, null],
  };
  const start = Date.UTC(2026, 0, 1) / 1000;
  const times = [0, 60, 120, 180].map((second) => start + second);
  expect(csvOf(times, values, { from: start + 60, to: start + 180 }).split('\r\n')).toEqual([
    'time,rooms,peers,messages_per_second,joins_per_minute,refusals_per_minute,wakes_per_minute,share_connected',
    '2026-01-01T00:01:00.000Z,2,8,0.5,12,0,0,0.75',
    '2026-01-01T00:02:00.000Z,,,,,,,',
    '2026-01-01T00:03:00.000Z,4,16,2,0.333,0,0,',
    '',
  ]);
});
