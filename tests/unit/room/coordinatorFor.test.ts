import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { parsePeerPath } from '../../../src/protocol/peerPath.ts';
import { coordinatorFor, policyFor } from '../../../src/room/coordinatorFor.ts';

const config = parseConfig({
  MAX_PEERS_PER_ROOM: '3',
  REALM_CAPACITY: '70',
  LEAVE_GRACE_MS: '1234',
  EXPIRE_TIMEOUT_MS: '2345',
});

function coordinatorOf(pathname: string): string {
  const path = parsePeerPath(pathname);
  if (path === undefined) throw new Error(`${pathname} is no path`);
  return coordinatorFor(path);
}

it('names one coordinator for each place, whatever its spelling', () => {
  expect(coordinatorOf('/room/table%207/')).toBe(coordinatorOf('//room/table 7'));
});

it('names different coordinators for different places', () => {
  const places = ['/', '/a', '/a/b', '/a%2Fb', '/room/a', '/room/a/b', '/room/a%2Fb', '/Room/a'];
  expect(new Set(places.map(coordinatorOf)).size).toBe(places.length);
});

it.each(['/room/a', '/room/a%2Fb', '/room/%25', '/room/room', '/room/日本'])(
  'gives %s the rules of a room',
  (pathname) => {
    expect(policyFor(coordinatorOf(pathname), config)).toMatchObject({
      capacity: 3,
      refusalWhenFull: 'room-full',
      leaveGrace: 1234,
      waiting: { timeout: 2345 },
    });
  },
);

it.each(['/', '/a', '/room%2Fa', '/room/a/b', '/a/room/b', '/rooms/a'])(
  'gives %s the rules of a realm',
  (pathname) => {
    expect(policyFor(coordinatorOf(pathname), config)).toMatchObject({
      capacity: 70,
      refusalWhenFull: 'realm-full',
      leaveGrace: 'off',
      waiting: { timeout: 2345 },
    });
  },
);
