import { describe, expect, it } from 'vitest';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import { parseSettings } from '../settings.ts';
import { coordinatorFor, coordinatorsOf, pathHeldBy } from './coordinatorFor.ts';

const config = parseSettings({
  MAX_PEERS_PER_ROOM: '3',
  REALM_CAPACITY: '70',
  LEAVE_GRACE_MS: '1234',
  EXPIRE_TIMEOUT_MS: '2345',
});

function pathOf(pathname: string): PeerPath {
  const path = parsePeerPath(pathname);
  if (path === undefined) throw new Error(`${pathname} is no path`);
  return path;
}

function coordinatorOf(pathname: string): string {
  return coordinatorFor(pathOf(pathname), 'ann', config);
}

it('names one coordinator for each place, whatever its spelling', () => {
  expect(coordinatorOf('/room/table%207/')).toBe(coordinatorOf('//room/table 7'));
});

it('names different coordinators for different places', () => {
  const places = ['/', '/a', '/a/b', '/a%2Fb', '/room/a', '/room/a/b', '/room/a%2Fb', '/Room/a'];
  expect(new Set(places.map(coordinatorOf)).size).toBe(places.length);
});

describe('with REALM_SHARDS', () => {
  const sharded = parseSettings({ REALM_SHARDS: '16' });
  const ids = Array.from({ length: 16_000 }, (_, n) => `peer-${n}`);

  it('spreads the peers of a realm evenly', () => {
    const sizes = new Map<string, number>();
    for (const id of ids) {
      const name = coordinatorFor(pathOf('/my-app'), id, sharded);
      sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
    expect([...sizes.keys()].toSorted()).toEqual(
      coordinatorsOf(pathOf('/my-app'), sharded).toSorted(),
    );
    for (const size of sizes.values()) expect(Math.abs(size - 1000)).toBeLessThan(150);
  });

  it('keeps a peer where it is from one version to the next', () => {
    const places = ['ann', 'bob', 'd1b7a1a0-1c2d-4f6e-9f6f-0a4b5c6d7e8f', 'Zoë'].map((id) =>
      coordinatorFor(pathOf('/my-app'), id, sharded),
    );
    expect(places).toMatchInlineSnapshot(`
      [
        "8/my-app",
        "4/my-app",
        "11/my-app",
        "7/my-app",
      ]
    `);
  });

  it('leaves a room in one piece', () => {
    const room = pathOf('/room/a');
    expect(new Set(ids.map((id) => coordinatorFor(room, id, sharded))).size).toBe(1);
    expect(coordinatorsOf(room, sharded)).toEqual(['/room/a']);
  });

  it.each(['/', '/my-app', '/1/2', '/room/a', '/room/a/b'])(
    'finds its way back to %s',
    (pathname) => {
      for (const name of coordinatorsOf(pathOf(pathname), sharded)) {
        expect(pathHeldBy(name)).toEqual(pathOf(pathname));
      }
    },
  );
});
