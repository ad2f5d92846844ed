import { expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

/** A full room of two: ghost has never said anything, and bob calls it. */
function roomWithGhost(payload: unknown = { type: 'data' }, policy = {}) {
  const room = new TestRoom({ capacity: 2, ...policy });
  const [ghost, bob] = room.joinAll('ghost', 'bob') as [FakePeer, FakePeer];
  bob.says({ type: 'OFFER', dst: 'ghost', payload });
  return { room, ghost, bob };
}

it('gives the seat to a newcomer of a peer that never spoke and left an offer of data unanswered for 5 s', () => {
  const { room, ghost, bob } = roomWithGhost();
  room.pass(4999);
  expect(room.refusalFor('cid')).toBe('room-full');
  room.pass(1);
  expect(room.join('cid').take()).toEqual([{ type: 'OPEN' }]);
  expect(ghost.closed).toEqual({ code: 4001, reason: 'silent' });
  expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ghost' }]);
});

it('lets a ghost be while there is a seat for everybody', () => {
  const { room, ghost } = roomWithGhost({ type: 'data' }, { capacity: 3 });
  room.pass(60_000);
  room.join('cid');
  expect(ghost.closed).toBeUndefined();
});

it('takes a ghost for one though its heartbeats go on', () => {
  const { room, ghost } = roomWithGhost();
  room.pass(5000);
  ghost.says('{"type": "HEARTBEAT"}');
  ghost.lastHeartbeatAt = room.now;
  expect(room.refusalFor('cid')).toBeUndefined();
});

it('counts the time from the first offer', () => {
  const { room, bob } = roomWithGhost();
  room.pass(4000);
  bob.says({ type: 'OFFER', dst: 'ghost', payload: { type: 'data' } });
  room.pass(1000);
  expect(room.refusalFor('cid')).toBeUndefined();
});

it.each([[{ type: 'media' }], [null], ['data'], [[]], [{}]])(
  'waits for a person to answer a call: an offer with %j makes no ghost',
  (payload) => {
    const { room } = roomWithGhost(payload);
    room.pass(60_000);
    expect(room.refusalFor('cid')).toBe('room-full');
  },
);

it('takes nobody for a ghost that has answered', () => {
  const { room, ghost } = roomWithGhost();
  room.pass(4000);
  ghost.says({ type: 'ANSWER', dst: 'bob' });
  room.pass(60_000);
  expect(room.refusalFor('cid')).toBe('room-full');
});

it('takes nobody for a ghost that has spoken before, also when the room has lost its memory since', () => {
  const room = new TestRoom({ capacity: 2 });
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  ann.says({ type: 'CANDIDATE', dst: 'bob' });
  room.hibernate([ann, bob]);
  bob.says({ type: 'OFFER', dst: 'ann', payload: { type: 'data' } });
  room.pass(60_000);
  expect(room.refusalFor('cid')).toBe('room-full');
});

it('takes nobody for a ghost whom nobody has called', () => {
  const room = new TestRoom({ capacity: 2 });
  room.joinAll('ann', 'bob');
  room.pass(60_000);
  expect(room.refusalFor('cid')).toBe('room-full');
});

it('knows a ghost after the room has lost its memory', () => {
  const { room, ghost, bob } = roomWithGhost();
  room.pass(2000);
  room.hibernate([ghost, bob]);
  room.pass(2999);
  expect(room.refusalFor('cid')).toBe('room-full');
  room.pass(1);
  expect(room.refusalFor('cid')).toBeUndefined();
});

it('knows a ghost 5 s after the clock was set back, too', () => {
  const { room, ghost, bob } = roomWithGhost();
  room.now -= 3_600_000;
  room.hibernate([ghost, bob]);
  room.pass(5000);
  expect(room.refusalFor('cid')).toBeUndefined();
});

it('takes no seat in a realm, where it is no matter', () => {
  const { room } = roomWithGhost({ type: 'data' }, REALM);
  room.pass(60_000);
  expect(room.refusalFor('cid')).toBe('realm-full');
});
