import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newLocalRooms } from '../../tests/support/localRooms.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { managedPath } from '../room/managedPath.ts';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const GRACE_MS = 30_000;
const EMPTY_MS = 60_000;
const PLACE = { game: 'pong', code: 'kumora' };

/** A room in which Ann was when its process ended, some seconds before she left it. */
function snapshot(): RoomSnapshot {
  return {
    managed: {
      ...PLACE,
      size: 2,
      isPublic: false,
      locked: false,
      started: false,
      meta: {},
      state: {},
      salt: 'salt',
      seats: [{ id: 'ann', tokenHash: 'of ann' }],
      bans: [],
      hostId: 'ann',
      term: 1,
      createdAt: Date.now(),
    },
    peers: [{ id: 'ann', token: 'token', isOwner: false, missed: [], member: { seq: 1 } }],
  };
}

it('a room that goes on and to which nobody returns ends as any other, and the file is told', () => {
  const onManagedChange = vi.fn();
  const rooms = newLocalRooms(onManagedChange);
  rooms.resume(snapshot());
  vi.advanceTimersByTime(GRACE_MS + EMPTY_MS - 1);
  expect([...rooms.snapshots()]).toMatchObject([{ peers: [] }]);
  onManagedChange.mockClear();
  vi.advanceTimersByTime(1);
  expect(onManagedChange).toHaveBeenCalledOnce();
  expect([...rooms.snapshots()]).toEqual([]);
  expect([...rooms]).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('so it does over a crash: no time begins anew in which nobody was there', () => {
  const before = newLocalRooms();
  before.resume(snapshot());
  vi.advanceTimersByTime(GRACE_MS);
  const rooms = newLocalRooms();
  for (const each of before.snapshots()) rooms.resume(each);
  vi.advanceTimersByTime(EMPTY_MS - 1);
  expect([...rooms]).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect([...rooms]).toEqual([]);
});

it('a room that was to end while no process ran ends at once', () => {
  const rooms = newLocalRooms();
  const { managed } = snapshot();
  const emptySince = Date.now() - EMPTY_MS - 1;
  rooms.resume({ managed: { ...managed, emptySince }, peers: [] });
  vi.advanceTimersByTime(0);
  expect([...rooms]).toEqual([]);
});

it('rooms that come and go while they are written are in no other one’s way', () => {
  const rooms = newLocalRooms();
  const make = (code: string) =>
    rooms.resume({ ...snapshot(), managed: { ...snapshot().managed, code } });
  const codes: string[] = [];
  make('kumora');
  make('nadeli');
  for (const { managed } of rooms.snapshots()) {
    codes.push(managed.code);
    if (managed.code === 'kumora') make('bosiru');
  }
  expect(codes).toEqual(['kumora', 'nadeli', 'bosiru']);
});

it('rooms that nobody made are in no snapshot', () => {
  const rooms = newLocalRooms();
  rooms.at(managedPath(PLACE));
  expect([...rooms.snapshots()]).toEqual([]);
});

it('a room that is over leaves the next one of its name alone, whatever still ends in it', () => {
  const rooms = newLocalRooms();
  const path = parsePeerPath('/room/table-7') ?? expect.fail();
  const first = rooms.at(path);
  // Each event in a room where nobody is ends it.
  first.endSilentPeers(Date.now());
  expect(rooms.find(path)).toBeUndefined();
  const second = rooms.at(path);
  first.endSilentPeers(Date.now());
  expect(rooms.find(path)).toBe(second);
});

it('nothing is left of a room that cannot go on, and its name is free', () => {
  const rooms = newLocalRooms();
  const { managed } = snapshot();
  const damaged = JSON.parse(JSON.stringify({ managed })) as RoomSnapshot;
  expect(() => rooms.resume(damaged)).toThrow(TypeError);
  expect([...rooms]).toEqual([]);
  expect([...rooms.snapshots()]).toEqual([]);
});
