import { expect, it } from 'vitest';
import { TestRoom } from '../../support/testRoom.ts';

const ALIVE_TIMEOUT = 90_000;

it('gives the id of a peer that has been silent to whoever claims it', () => {
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

it('lets messages to a silent peer expire at once', () => {
  const room = new TestRoom({ leaveGrace: 'off' });
  const ann = room.join('ann');
  room.pass(ALIVE_TIMEOUT + 1);
  const bob = room.join('bob');
  bob.take();
  bob.says({ type: 'OFFER', dst: 'ann' });
  expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
  expect(ann.closed?.code).toBe(4001);
});

it('does not list a silent peer', () => {
  const room = new TestRoom();
  room.join('ann');
  room.pass(ALIVE_TIMEOUT + 1);
  expect(room.list()).toEqual([]);
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

it('notices a silent peer after the room has lost its memory', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  // It may have been heard up to 15 s after it was last remembered.
  room.pass(ALIVE_TIMEOUT + 15_001);
  room.hibernate([ann]);
  expect(room.refusalFor('ann', 'another token')).toBeUndefined();
});
