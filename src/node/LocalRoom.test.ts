import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { Room } from '../room/Room.ts';
import { NOBODY_WATCHES, type RoomObserver } from '../room/RoomObserver.ts';
import { parseEnvironment } from '../settings.ts';
import { LocalRooms } from './LocalRooms.ts';
import { PeerSocket } from './PeerSocket.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A room with one peer, who calls those who are not there. */
function roomOf(observe: RoomObserver['observe']) {
  const failures: unknown[] = [];
  const events = {
    connected() {},
    disconnected() {},
    received() {},
    failed: (error: unknown) => void failures.push(error),
  };
  const settings = parseEnvironment({});
  const rooms = new LocalRooms(
    settings,
    () => ({ ...NOBODY_WATCHES, observe }),
    events,
    () => {},
  );
  const room = rooms.at(parsePeerPath('/room/table-7') ?? expect.fail());
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const socket = new PeerSocket(stream, Buffer.alloc(0), '', 1_048_576, () => {});
  room.join(socket, { id: 'ann', token: 'token', isOwner: false });
  const call = (dst: string) =>
    room.receive(socket, JSON.stringify({ type: 'OFFER', payload: 1, dst }), Date.now());
  return { call, failures };
}

it('what is due later in a room still happens when something in it has failed', () => {
  const expired: string[] = [];
  const { call, failures } = roomOf((happened) => {
    if (happened.event !== 'message.expired') return;
    expired.push(happened.absent);
    if (happened.absent === 'bob') throw new Error('a fault of ours');
  });
  call('bob');
  vi.advanceTimersByTime(1000);
  call('cid');
  vi.advanceTimersByTime(60_000);
  expect(expired).toEqual(['bob', 'cid']);
  expect(failures).toHaveLength(1);
});

it('what fails again and again in a room is tried once a second', () => {
  const { call, failures } = roomOf(() => {});
  const broken = vi.spyOn(Room.prototype, 'runDeadlines').mockImplementation(() => {
    throw new Error('a fault of ours');
  });
  call('bob');
  vi.advanceTimersByTime(10_000);
  expect(failures).toHaveLength(6);
  broken.mockRestore();
});
