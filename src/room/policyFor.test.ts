import { expect, it } from 'vitest';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { parseSettings, type Settings } from '../settings.ts';
import { policyFor } from './policyFor.ts';
import type { RoomPolicy } from './RoomPolicy.ts';

const config = parseSettings({
  MAX_PEERS_PER_ROOM: '3',
  MAX_ROOM_SIZE: '20',
  REALM_CAPACITY: '70',
  LEAVE_GRACE_MS: '1234',
  EXPIRE_TIMEOUT_MS: '2345',
});

function policyOf(pathname: string, settings: Settings): RoomPolicy {
  const path = parsePeerPath(pathname);
  if (path === undefined) throw new Error(`${pathname} is no path`);
  return policyFor(path, settings);
}

it.each(['/room/a', '/room/a/b', '/room/a%2Fb', '/room/%25', '/room/room', '/room/日本'])(
  'gives %s the rules of a room',
  (pathname) => {
    expect(policyOf(pathname, config)).toMatchObject({
      capacity: 3,
      refusalWhenFull: 'room-full',
      gracePeriod: 1234,
      tellsWhoLeft: true,
      givesAwayGhostSeats: true,
      waiting: { timeout: 2345 },
    });
  },
);

it('gives a room with a code as many seats as it may have been made with', () => {
  expect(policyOf('/room/pong/kumora', config).capacity).toBe(20);
  expect(policyOf('/room/pong/lobby', config).capacity).toBe(3);
});

it.each(['/', '/a', '/room%2Fa', '/a/room/b', '/rooms/a'])(
  'gives %s the rules of a realm',
  (pathname) => {
    expect(policyOf(pathname, config)).toMatchObject({
      capacity: 70,
      refusalWhenFull: 'realm-full',
      gracePeriod: 0,
      tellsWhoLeft: false,
      givesAwayGhostSeats: false,
      waiting: { timeout: 2345 },
    });
  },
);

it('gives a room no grace period and no LEAVE with LEAVE_GRACE_MS=off', () => {
  const off = parseSettings({ LEAVE_GRACE_MS: 'off' });
  expect(policyOf('/room/a', off)).toMatchObject({
    gracePeriod: 0,
    tellsWhoLeft: false,
    givesAwayGhostSeats: false,
    refusalWhenFull: 'room-full',
  });
});
