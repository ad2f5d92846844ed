import { expect, it } from 'vitest';
import { refusalOf } from './Signaling.ts';

it('a refusal has the type and the sentence of the server', () => {
  const payload = { type: 'room-full', msg: 'The room is full' };
  expect(refusalOf({ type: 'ERROR', payload })).toMatchObject({
    name: 'RoomError',
    type: 'room-full',
    message: 'The room is full',
  });
  expect(refusalOf({ type: 'ID-TAKEN' })).toMatchObject({ type: 'id-taken' });
});

it('no other frame is a refusal', () => {
  for (const type of ['OPEN', 'ROOM', 'LEAVE', 'EXPIRE', 'OFFER']) {
    expect(refusalOf({ type, payload: {} })).toBeUndefined();
  }
});
