import { expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

it.each([
  ['room', {}],
  ['realm', REALM],
] as const)(
  'settles in a %s between two pages with one id and token: the fourth takeover in a minute is refused',
  (_, policy) => {
    const room = new TestRoom(policy);
    room.joinAll('ann');
    for (let takeover = 0; takeover < 3; takeover += 1) {
      room.pass(2000);
      room.join('ann').take();
    }
    room.pass(2000);
    expect(room.refusalFor('ann')).toBe('id-taken');
    expect(room.list()).toEqual(['ann']);
  },
);

it('allows a takeover again once the first of three is a minute old', () => {
  const room = new TestRoom();
  const start = room.now;
  room.joinAll('ann');
  for (const at of [0, 10_000, 20_000]) {
    room.pass(start + at - room.now);
    room.join('ann');
  }
  room.pass(start + 59_999 - room.now);
  expect(room.refusalFor('ann')).toBe('id-taken');
  room.pass(1);
  room.join('ann');
  expect(room.refusalFor('ann')).toBe('id-taken');
  room.pass(10_000);
  expect(room.refusalFor('ann')).toBeUndefined();
});

it('counts the takeovers of its owner too', () => {
  const room = new TestRoom();
  for (let n = 0; n < 4; n += 1) room.join('ann', `signed token ${n}`, true);
  expect(room.refusalFor('ann', 'signed token 5', true)).toBe('id-taken');
});

it('remembers the takeovers when the room has lost its memory', () => {
  const room = new TestRoom();
  room.joinAll('ann');
  let newest: FakePeer | undefined;
  for (let takeover = 0; takeover < 3; takeover += 1) newest = room.join('ann');
  room.hibernate(newest === undefined ? [] : [newest]);
  expect(room.refusalFor('ann')).toBe('id-taken');
  room.pass(60_000);
  expect(room.refusalFor('ann')).toBeUndefined();
});

it('counts no return from a grace: a bad network is no contest', () => {
  const room = new TestRoom();
  for (let n = 0; n < 20; n += 1) {
    room.pass(1000);
    room.join('ann').disconnects();
  }
  expect(room.refusalFor('ann')).toBeUndefined();
});

it('never lets a silent holder contest its id', () => {
  const room = new TestRoom({ aliveTimeout: 10_000 });
  for (let n = 0; n < 4; n += 1) room.join('ann');
  room.pass(10_000);
  expect(room.refusalFor('ann')).toBe('id-taken');
  room.pass(1);
  expect(room.join('ann').take()).toEqual([{ type: 'OPEN' }]);
});
