import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const ALIVE_TIMEOUT = 90_000;

it('gives the id of a peer that has been silent to a newcomer that claims it', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  room.pass(ALIVE_TIMEOUT);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  room.pass(1);
  room.join('ann', 'another token');
  expect(ann.closed).toEqual({ code: 4001, reason: 'silent' });
});

it('gives the seat of a silent peer away when the room is full, and tells the others', () => {
  const room = new TestRoom({ capacity: 2 });
  const [ann, bob] = room.joinAll('ann', 'bob');
  room.pass(ALIVE_TIMEOUT + 1);
  bob?.says({ type: 'HEARTBEAT' });
  room.join('cid');
  expect(ann?.closed?.code).toBe(4001);
  expect(bob?.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
});

it('ends the silent where their sockets are needed, and nobody else', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob');
  room.pass(ALIVE_TIMEOUT + 1);
  bob?.says({ type: 'HEARTBEAT' });
  room.endSilentPeers();
  expect(ann?.closed).toEqual({ code: 4001, reason: 'silent' });
  expect(bob?.closed).toBeUndefined();
});

/** How a peer shows that it is one that sends heartbeats. */
const HEARTBEATS: readonly [string, (peer: FakePeer, room: TestRoom) => void][] = [
  [
    'the one that PeerJS sends',
    (peer, room) => {
      peer.lastHeartbeatAt = room.now;
    },
  ],
  ['one of its own spelling', (peer) => peer.says('{"type": "HEARTBEAT"}')],
];

describe.each(HEARTBEATS)('a peer that has sent heartbeats, %s, and is silent', (_, beat) => {
  it('is sent nothing: messages to it expire at once', () => {
    const room = new TestRoom(REALM);
    const ann = room.join('ann');
    beat(ann, room);
    room.pass(ALIVE_TIMEOUT + 1);
    const [bob] = room.joinAll('bob') as [FakePeer];
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
    expect(ann.closed).toEqual({ code: 4001, reason: 'silent' });
  });

  it('is not listed', () => {
    const room = new TestRoom();
    beat(room.join('ann'), room);
    room.pass(ALIVE_TIMEOUT);
    expect(room.list()).toEqual(['ann']);
    room.pass(1);
    expect(room.list()).toEqual([]);
  });

  it('has its grace once that is noticed: it may come back', () => {
    const room = new TestRoom();
    const ann = room.join('ann');
    beat(ann, room);
    room.pass(ALIVE_TIMEOUT + 1);
    const [bob] = room.joinAll('bob') as [FakePeer];
    bob.says({ type: 'OFFER', dst: 'ann' });
    bob.take();
    room.pass(29_999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });
});

it('is known after the room has lost its memory who sends heartbeats of an own spelling', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  ann.says('{"type": "HEARTBEAT"}');
  room.hibernate([ann]);
  room.pass(ALIVE_TIMEOUT + 15_001);
  expect(room.list()).toEqual([]);
});

describe('a peer that never sends heartbeats', () => {
  it('gets the first call after any silence, and stays listed', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'FUTURE' });
    room.pass(10 * ALIVE_TIMEOUT);
    const [bob] = room.joinAll('bob') as [FakePeer];
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(ann.take()).toEqual([{ type: 'OFFER', src: 'bob', dst: 'ann' }]);
    expect(bob.take()).toEqual([]);
    expect(room.list()).toEqual(['ann', 'bob']);
  });

  it('still gives its id to a newcomer that claims it after that time', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.pass(ALIVE_TIMEOUT + 1);
    bob.says({ type: 'HEARTBEAT' });
    room.join('ann', 'another token');
    expect(ann.closed).toEqual({ code: 4001, reason: 'silent' });
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });

  it('gives its seat to a newcomer of a full room after that time, all the same', () => {
    const room = new TestRoom({ capacity: 1 });
    const ann = room.join('ann');
    room.pass(ALIVE_TIMEOUT);
    expect(room.refusalFor('bob')).toBe('room-full');
    room.pass(1001);
    room.join('bob');
    expect(ann.closed).toEqual({ code: 4001, reason: 'silent' });
  });
});

it('looks for silent peers in a full room once a second, since it looks at each', () => {
  const room = new TestRoom({ capacity: 1 });
  room.join('ann');
  room.pass(ALIVE_TIMEOUT);
  expect(room.refusalFor('bob')).toBe('room-full');
  room.pass(1);
  expect(room.refusalFor('bob')).toBe('room-full');
  room.pass(1000);
  expect(room.refusalFor('bob')).toBeUndefined();
});

it('takes a heartbeat that the room never saw for a sign of life', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  room.pass(ALIVE_TIMEOUT);
  ann.lastHeartbeatAt = room.now;
  room.pass(ALIVE_TIMEOUT);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  room.pass(1);
  expect(room.refusalFor('ann', 'another token')).toBeUndefined();
});

it.each([
  ['peerjs-py every 5 s', '{"type": "HEARTBEAT"}', 5000],
  ['peerjs-go every second', '{"type":"HEARTBEAT","payload":null,"src":"","dst":""}', 1000],
  ['a page in the background once a minute', '{"type":"HEARTBEAT"}', 60_000],
  ['a program whose messages are of no known type', '{"type":"FUTURE"}', 30_000],
])('hears %s, however often the room loses its memory', (_, frame, period) => {
  const room = new TestRoom();
  const ann = room.join('ann');
  for (let elapsed = 0; elapsed < 10 * 60_000; elapsed += period) {
    room.pass(period);
    ann.says(frame);
    room.hibernate([ann]);
  }
  room.pass(ALIVE_TIMEOUT);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
});

it('does not forget that a peer was heard shortly before the room lost its memory', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  // Too soon after it joined to be persisted again.
  room.pass(14_000);
  ann.says({ type: 'FUTURE' });
  room.hibernate([ann]);
  room.pass(ALIVE_TIMEOUT);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
});

it('notices a silent peer after the room has lost its memory', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  // It may have been heard up to 15 s after it was last remembered.
  room.pass(ALIVE_TIMEOUT + 15_001);
  room.hibernate([ann]);
  expect(room.refusalFor('ann', 'another token')).toBeUndefined();
});
