import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { type PeerPath, parsePeerPath } from '../../../src/protocol/peerPath.ts';
import {
  coordinatorFor,
  coordinatorsOf,
  placeOf,
  policyFor,
} from '../../../src/room/coordinatorFor.ts';

const SETTINGS = {
  MAX_PEERS_PER_ROOM: '3',
  REALM_CAPACITY: '70',
  LEAVE_GRACE_MS: '1234',
  EXPIRE_TIMEOUT_MS: '2345',
};
const config = parseConfig(SETTINGS);
const sharded = parseConfig({ ...SETTINGS, REALM_SHARDS: '8' });

function pathOf(pathname: string): PeerPath {
  const path = parsePeerPath(pathname);
  if (path === undefined) throw new Error(`${pathname} is no path`);
  return path;
}

it('names one coordinator for each place, whatever its spelling and whoever the peer', () => {
  expect(coordinatorFor(pathOf('/room/table%207/'), 'ann', config)).toBe('/room/table 7');
  expect(coordinatorFor(pathOf('//room/table 7'), 'bob', config)).toBe('/room/table 7');
  expect(coordinatorFor(pathOf('/'), 'ann', config)).toBe('/');
});

it.each([config, sharded])('names different coordinators for different places', (config) => {
  const places = ['/', '/a', '/a/b', '/a%2Fb', '/room/a', '/room/a/b', '/room/a%2Fb', '/Room/a'];
  const names = places.flatMap((place) => coordinatorsOf(pathOf(place), config));
  expect(new Set(names).size).toBe(names.length);
});

it('names a room as one coordinator, however many a realm is spread over', () => {
  expect(coordinatorsOf(pathOf('/room/a'), sharded)).toEqual(['/room/a']);
  expect(coordinatorFor(pathOf('/room/a'), 'ann', sharded)).toBe('/room/a');
});

it('spreads the peers of a realm over all its coordinators, and no others', () => {
  const path = pathOf('/my-app');
  const ids = Array.from({ length: 1000 }, (_, number) => `peer-${number}`);
  const names = new Set(ids.map((id) => coordinatorFor(path, id, sharded)));
  expect([...names].toSorted()).toEqual(coordinatorsOf(path, sharded).toSorted());
  expect(names.size).toBe(8);
});

it('names always the same coordinator for the same peer: deployed peers depend on it', () => {
  const names = ['ann', 'bob', 'Zoë'].map((id) => coordinatorFor(pathOf('/my-app'), id, sharded));
  expect(names).toEqual(['0/my-app', '4/my-app', '7/my-app']);
});

it.each(['/', '/a', '/a%2Fb', '/room/a', '/room/a%2Fb', '/room/50%25', '/room/日本'])(
  'reads the place %s again from the name of each of its coordinators',
  (pathname) => {
    const path = pathOf(pathname);
    for (const name of [...coordinatorsOf(path, config), ...coordinatorsOf(path, sharded)]) {
      expect(placeOf(name)).toEqual(path);
    }
  },
);

it.each(['/room/a', '/room/a%2Fb', '/room/%25', '/room/room', '/room/日本'])(
  'gives %s the rules of a room',
  (pathname) => {
    expect(policyFor(pathOf(pathname), config)).toMatchObject({
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
    expect(policyFor(pathOf(pathname), config)).toMatchObject({
      capacity: 70,
      refusalWhenFull: 'realm-full',
      leaveGrace: 'off',
      waiting: { timeout: 2345 },
    });
  },
);
