import { expect, it } from 'vitest';
import { REALM, TestRoom } from '../../tests/support/testRoom.ts';

it('tells of a join, and of the end of that connection with how long it lasted', () => {
  const room = new TestRoom(REALM);
  const ann = room.join('ann');
  room.pass(61_000);
  ann.disconnects();
  expect(room.observed).toMatchObject([
    { event: 'peer.joined', peer: 'ann' },
    { event: 'peer.left', peer: 'ann', seconds: 61 },
  ]);
});

it('knows how long a connection has lasted after it lost its memory', () => {
  const room = new TestRoom();
  const ann = room.join('ann');
  room.pass(30_000);
  room.hibernate([ann]);
  ann.disconnects();
  expect(room.observed.at(-1)).toMatchObject({ event: 'peer.left', seconds: 30 });
});

it('tells of a peer that comes back, and whether it is the same', () => {
  const room = new TestRoom();
  room.join('ann', 'first');
  room.pass(5000);
  const second = room.join('ann', 'first');
  second.disconnects();
  room.join('ann', 'reloaded');
  expect(
    room.observed.filter((it) => typeof it !== 'string' && it.event !== 'peer.joined'),
  ).toEqual([
    { event: 'peer.replaced', peer: 'ann', requestId: undefined, sameToken: true, seconds: 5 },
    { event: 'peer.left', peer: 'ann', requestId: undefined, code: 1006, reason: '', seconds: 0 },
    { event: 'peer.replaced', peer: 'ann', requestId: undefined, sameToken: false },
  ]);
});

it('tells of what reached its peer, and how long it waited', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann', 'bob');
  room.observed.length = 0;
  ann?.says({ type: 'OFFER', dst: 'bob' });
  ann?.says({ type: 'CANDIDATE', dst: 'cid' });
  room.pass(1200);
  room.join('cid');
  expect(room.observed.filter((it) => typeof it === 'string')).toEqual([
    'offered',
    'OFFER of ann to bob after 0',
    'CANDIDATE of ann to cid after 1200',
  ]);
});

it('tells of messages that nobody came for: once for each pair of peers', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann');
  room.observed.length = 0;
  ann?.says({ type: 'OFFER', dst: 'nobody' });
  ann?.says({ type: 'CANDIDATE', dst: 'nobody' });
  room.pass(5000);
  expect(room.observed).toEqual([
    'offered',
    { event: 'message.expired', peer: 'ann', requestId: undefined, absent: 'nobody' },
  ]);
});

it('counts every frame that it drops, and tells of a flood once', () => {
  const room = new TestRoom({ messagesPerSecond: 1 });
  const [ann] = room.joinAll('ann');
  room.observed.length = 0;
  // Ten seconds of the rate may come at once.
  for (let time = 0; time < 13; time += 1) ann?.says({ type: 'HEARTBEAT' });
  expect(room.observed).toEqual([
    'dropped: rate-limit-exceeded',
    {
      event: 'peer.limited',
      peer: 'ann',
      requestId: undefined,
      reason: 'rate-limit-exceeded',
    },
    'dropped: rate-limit-exceeded',
    'dropped: rate-limit-exceeded',
  ]);
});

it('tells nothing of tokens, payloads or frames', () => {
  const room = new TestRoom();
  const ann = room.join('ann', 'secret token');
  ann.says({ type: 'OFFER', dst: 'nobody', payload: 'secret sdp' });
  ann.says('secret nonsense');
  room.join('ann', 'secret token');
  room.pass(5000);
  expect(JSON.stringify(room.observed)).not.toContain('secret');
});
