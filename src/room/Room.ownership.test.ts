import { expect, it } from 'vitest';
import { TestRoom } from '../../tests/support/testRoom.ts';

it('gives an id to its owner at once, and tells the others that the one before is gone', () => {
  const room = new TestRoom();
  const [other, stale] = room.joinAll('bob', 'ann');
  room.join('ann', 'signed for ann', true);
  expect(stale?.closed).toEqual({ code: 4000, reason: 'replaced' });
  expect(other?.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
});

it('keeps the id of an owner from others, in its grace too', () => {
  const room = new TestRoom();
  const ann = room.join('ann', 'signed for ann', true);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  ann.disconnects();
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  expect(room.refusalFor('ann', 'signed for ann, later', true)).toBeUndefined();
});

it('knows an owner again after the room has lost its memory', () => {
  const room = new TestRoom();
  const ann = room.join('ann', 'signed for ann', true);
  room.hibernate([ann]);
  ann.disconnects();
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
});

it('gives an id whose owner is gone for good to anybody', () => {
  const room = new TestRoom();
  room.join('ann', 'signed for ann', true).disconnects();
  room.pass(30_000);
  expect(room.refusalFor('ann', 'another token')).toBeUndefined();
});
