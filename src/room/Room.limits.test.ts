import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const FLOODED = {
  type: 'ERROR',
  payload: {
    msg: 'Too many messages for too long',
    type: 'rate-limit-exceeded',
  },
};

/** Ann has used up all that she may send at this moment. */
function roomWithTiredAnn() {
  const room = new TestRoom({ messagesPerSecond: 1 });
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  for (let n = 0; n < 10; n += 1) ann.says({ type: 'HEARTBEAT' });
  return { room, ann, bob };
}

describe('a message beyond the rate', () => {
  it('is dropped, and its sender hears that it did not arrive: EXPIRE, never ERROR', () => {
    const { ann, bob } = roomWithTiredAnn();
    ann.says({ type: 'OFFER', payload: 1, dst: 'bob' });
    expect(bob.take()).toEqual([]);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'bob', dst: 'ann' }]);
    expect(ann.closed).toBeUndefined();
  });

  it('brings EXPIRE once a second for one dst, however many there are', () => {
    const { room, ann } = roomWithTiredAnn();
    const expire = (src: string) => ({ type: 'EXPIRE', src, dst: 'ann' });
    // At the beginning of a second.
    room.pass(1000 - (room.now % 1000));
    ann.says({ type: 'OFFER', dst: 'bob' });
    for (let n = 0; n < 20; n += 1) {
      ann.says({ type: 'OFFER', dst: 'bob' });
      ann.says({ type: 'OFFER', dst: 'cid' });
    }
    expect(ann.take()).toEqual([expire('bob'), expire('cid')]);
    room.pass(999);
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(ann.take()).toEqual([]);
    room.pass(1);
    ann.says({ type: 'OFFER', dst: 'bob' });
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(ann.take()).toEqual([expire('bob')]);
  });

  it('brings nothing if nobody can see whom it is for', () => {
    const { ann } = roomWithTiredAnn();
    ann.says({ type: 'HEARTBEAT' });
    ann.says('nonsense');
    ann.says({ dst: 'bob', type: 'OFFER' });
    ann.says({ type: 'OFFER', dst: '' });
    expect(ann.take()).toEqual([]);
  });

  it('is not one if it answers an offer that was delivered', () => {
    const { room, ann, bob } = roomWithTiredAnn();
    bob.says({ type: 'OFFER', dst: 'ann' });
    ann.take();
    for (let n = 0; n < 40; n += 1) ann.says({ type: 'CANDIDATE', dst: 'bob' });
    expect(bob.take()).toHaveLength(40);
    ann.says({ type: 'CANDIDATE', dst: 'bob' });
    expect(bob.take()).toEqual([]);
    expect(room.observed).toContain('dropped: rate-limit-exceeded');
  });

  it('is not one if it answers an offer that has waited', () => {
    const room = new TestRoom({ messagesPerSecond: 1 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'bob' });
    const bob = room.join('bob');
    ann.take();
    for (let n = 0; n < 50; n += 1) bob.says({ type: 'CANDIDATE', dst: 'ann' });
    expect(ann.take()).toHaveLength(50);
  });

  it('of another peer is not one: each has its own rate', () => {
    const { ann, bob } = roomWithTiredAnn();
    bob.says({ type: 'CANDIDATE', dst: 'ann' });
    expect(ann.take()).toHaveLength(1);
  });
});

it('lets a host answer a hundred calls at once, with ten candidates each', () => {
  const room = new TestRoom({ ...REALM, capacity: 200 });
  const [host, ...callers] = room.joinAll(
    'host',
    ...Array.from({ length: 100 }, (_, n) => `caller ${n}`),
  ) as [FakePeer, ...FakePeer[]];
  for (const caller of callers) {
    caller.says({ type: 'OFFER', dst: 'host' });
    for (let n = 0; n < 10; n += 1) caller.says({ type: 'CANDIDATE', dst: 'host' });
  }
  expect(host.take()).toHaveLength(1100);
  for (const caller of callers) {
    host.says({ type: 'ANSWER', dst: caller.id });
    for (let n = 0; n < 10; n += 1) host.says({ type: 'CANDIDATE', dst: caller.id });
  }
  for (const caller of callers) expect(caller.take()).toHaveLength(11);
  expect(host.take()).toEqual([]);
});

it('lets three hundred candidates pass at once', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  for (let n = 0; n < 300; n += 1) ann.says({ type: 'CANDIDATE', dst: 'bob', payload: n });
  expect(bob.take()).toHaveLength(300);
});

describe('five seconds of flooding', () => {
  function flood(room: TestRoom, ann: FakePeer, milliseconds: number): void {
    for (let elapsed = 0; elapsed < milliseconds; elapsed += 10) {
      room.pass(10);
      ann.says({ type: 'HEARTBEAT' });
    }
  }

  it('end the session: ERROR as the last frame, close 1008, no LEAVE', () => {
    const { room, ann, bob } = roomWithTiredAnn();
    flood(room, ann, 4900);
    expect(ann.closed).toBeUndefined();
    flood(room, ann, 200);
    expect(ann.take()).toEqual([FLOODED]);
    expect(ann.closed).toEqual({ code: 1008, reason: 'rate-limit-exceeded' });
    flood(room, ann, 2000);
    expect(ann.take()).toEqual([]);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('free id and seat', () => {
    const { room, ann } = roomWithTiredAnn();
    flood(room, ann, 5100);
    expect(room.size).toBe(1);
    expect(room.nextAlarm).toBeUndefined();
    expect(room.refusalFor('ann', 'another token')).toBeUndefined();
  });
});

describe('a frame that cannot be read', () => {
  it('is dropped without a word', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    for (let n = 0; n < 99; n += 1) ann.says('nonsense');
    expect(ann.take()).toEqual([]);
    expect(ann.closed).toBeUndefined();
  });

  it('ends the session where it is the hundredth in a minute', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let n = 0; n < 100; n += 1) ann.says('nonsense');
    expect(ann.take()).toMatchObject([{ type: 'ERROR', payload: { type: 'invalid-message' } }]);
    expect(ann.closed).toEqual({ code: 1008, reason: 'invalid-message' });
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('is also one whose payload is nested so deeply that it cannot be written again', () => {
    const room = new TestRoom({ maxMessageBytes: 1_048_576 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    ann.says(`{"dst":"bob","type":"OFFER","payload":${deep}}`);
    expect(bob.take()).toEqual([]);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'bob', dst: 'ann' }]);
  });
});

describe('a dst that is no text', () => {
  it.each([12_345, 0, true, false, { id: 'bob' }, ['bob'], []])(
    'brings EXPIRE with src as it came, and the peer stays: %j',
    (dst) => {
      const room = new TestRoom();
      const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
      for (let n = 0; n < 200; n += 1) {
        ann.says({ type: 'OFFER', dst });
        room.pass(1000);
        expect(ann.take()).toEqual([{ type: 'EXPIRE', src: dst, dst: 'ann' }]);
      }
      expect(bob.take()).toEqual([]);
      expect(ann.closed).toBeUndefined();
    },
  );

  it('is told from the text that looks like it', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 1 });
    ann.says({ type: 'OFFER', dst: '\u00001' });
    ann.says({ type: 'OFFER', dst: 1 });
    expect(ann.take().map(({ src }) => src)).toEqual([1, '\u00001']);
  });

  it.each([
    ['too long to be echoed', JSON.stringify(['a'.repeat(9000)])],
    ['nested too deeply to be written', '['.repeat(200_000) + ']'.repeat(200_000)],
  ])('is dropped without a word where it is %s', (_, dst) => {
    const room = new TestRoom({ maxMessageBytes: 1_048_576 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says(`{"type":"OFFER","dst":${dst}}`);
    expect([...ann.take(), ...bob.take()]).toEqual([]);
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(bob.take()).toHaveLength(1);
  });
});

describe('a message that is too large', () => {
  it('is dropped, and its sender hears that it did not arrive: EXPIRE, never ERROR', () => {
    const room = new TestRoom({ maxMessageBytes: 1000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let n = 0; n < 20; n += 1) {
      ann.says({ type: 'OFFER', payload: 'a'.repeat(1000), dst: 'bob' });
    }
    expect(bob.take()).toEqual([]);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'bob', dst: 'ann' }]);
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(bob.take()).toHaveLength(1);
    expect(room.observed).toContain('dropped: message-too-large');
  });

  it('is measured in bytes', () => {
    const room = new TestRoom({ maxMessageBytes: 1000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'OFFER', payload: 'é'.repeat(490), dst: 'bob' });
    expect(bob.take()).toEqual([]);
    ann.says({ type: 'OFFER', payload: 'e'.repeat(490), dst: 'bob' });
    expect(bob.take()).toHaveLength(1);
  });

  it('is told of as bytes too', () => {
    const room = new TestRoom({ maxMessageBytes: 1000 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    const text = JSON.stringify({ type: 'OFFER', payload: 'a'.repeat(9000), dst: 'zoë' });
    ann.says(new TextEncoder().encode(text).buffer);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'zoë', dst: 'ann' }]);
  });
});

it('tells no more than ten thousand pairs a second, all together', () => {
  const room = new TestRoom({ messagesPerSecond: 100_000 });
  room.pass(1000 - (room.now % 1000));
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  for (let n = 0; n < 6000; n += 1) {
    ann.says({ type: 'OFFER', dst: n });
    bob.says({ type: 'OFFER', dst: n });
  }
  expect(ann.take().length + bob.take().length).toBe(10_000);
  room.pass(1000);
  ann.says({ type: 'OFFER', dst: 5999 });
  expect(ann.take()).toHaveLength(1);
});
