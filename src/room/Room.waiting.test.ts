import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

describe('a message to an absent peer', () => {
  it('is delivered when the peer comes, in order and after its OPEN', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'OFFER', dst: 'cid', payload: 1 });
    bob.says({ type: 'OFFER', dst: 'cid', payload: 2 });
    ann.says({ type: 'CANDIDATE', dst: 'cid', payload: 3 });
    room.pass(4999);

    expect(room.join('cid').take()).toEqual([
      { type: 'OPEN' },
      { type: 'OFFER', src: 'ann', dst: 'cid', payload: 1 },
      { type: 'OFFER', src: 'bob', dst: 'cid', payload: 2 },
      { type: 'CANDIDATE', src: 'ann', dst: 'cid', payload: 3 },
    ]);
    room.pass(60_000);
    expect([...ann.take(), ...bob.take()]).toEqual([]);
  });

  it.each(['OFFER', 'ANSWER', 'CANDIDATE'])('expires after its timeout: %s', (type) => {
    const room = new TestRoom(REALM);
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type, dst: 'nobody' });

    room.pass(4999);
    expect(ann.take()).toEqual([]);
    room.pass(1);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'nobody', dst: 'ann' }]);
    expect(room.join('nobody').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('brings one EXPIRE for each pair of peers, however many messages waited', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (const dst of ['x', 'y']) {
      for (const sender of [ann, bob, ann]) sender.says({ type: 'CANDIDATE', dst });
    }
    room.pass(60_000);
    for (const sender of [ann, bob]) {
      expect(sender.take()).toEqual([
        { type: 'EXPIRE', src: 'x', dst: sender.id },
        { type: 'EXPIRE', src: 'y', dst: sender.id },
      ]);
    }
  });

  it('expires with the first that waited for the same peer', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'x' });
    room.pass(4000);
    ann.says({ type: 'CANDIDATE', dst: 'x' });
    room.pass(1000);
    expect(ann.take()).toHaveLength(1);
    room.pass(60_000);
    expect(ann.take()).toEqual([]);
  });

  it('brings EXPIRE again if the sender tries again later', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    for (let time = 0; time < 2; time += 1) {
      ann.says({ type: 'OFFER', dst: 'x' });
      room.pass(5000);
      expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'x', dst: 'ann' }]);
    }
  });

  it('brings EXPIRE to a sender that has taken over from its own socket meanwhile', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'x' });
    const newer = room.join('ann');
    newer.take();
    room.pass(5000);
    expect(newer.take()).toEqual([{ type: 'EXPIRE', src: 'x', dst: 'ann' }]);
    expect(ann.take()).toEqual([]);
  });

  it('brings EXPIRE to a sender in its grace when it resumes', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'x' });
    room.pass(3000);
    ann.disconnects();
    room.pass(3000);
    expect(room.join('ann').take()).toEqual([
      { type: 'OPEN' },
      { type: 'EXPIRE', src: 'x', dst: 'ann' },
    ]);
  });

  it('is delivered even if its sender has left', () => {
    const room = new TestRoom(REALM);
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'bob' });
    ann.disconnects();
    expect(room.join('bob').take()).toEqual([
      { type: 'OPEN' },
      { type: 'OFFER', src: 'ann', dst: 'bob' },
    ]);
  });

  it('brings nobody anything if its sender has left and nobody came', () => {
    const room = new TestRoom(REALM);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'OFFER', dst: 'x' });
    ann.disconnects();
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
    expect(room.nextDeadline).toBeUndefined();
    expect(room.join('ann').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('is dropped with one EXPIRE at once where too many of its pair wait', () => {
    const room = new TestRoom({ waiting: { timeout: 5000, messagesPerPair: 3, bytes: 10_000 } });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.says({ type: 'OFFER', dst: 'x', payload: 'of bob' });
    for (let i = 0; i < 4; i += 1) ann.says({ type: 'CANDIDATE', dst: 'x', payload: i });

    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'x', dst: 'ann' }]);
    expect(bob.take()).toEqual([]);
    expect(room.join('x').take()).toEqual([
      { type: 'OPEN' },
      { type: 'OFFER', src: 'bob', dst: 'x', payload: 'of bob' },
    ]);
  });

  it('of another peer is not touched by a flood of messages that wait', () => {
    const room = new TestRoom({ waiting: { timeout: 5000, messagesPerPair: 128, bytes: 20_000 } });
    const [ann, flood] = room.joinAll('ann', 'flood') as [FakePeer, FakePeer];
    ann.says({ type: 'OFFER', dst: 'x', payload: 'of ann' });
    for (let i = 0; i < 200; i += 1) {
      flood.says({ type: 'OFFER', dst: `y${i % 4}`, payload: 'a'.repeat(900) });
    }
    expect(ann.take()).toEqual([]);
    expect(room.join('x').take()).toContainEqual({
      type: 'OFFER',
      src: 'ann',
      dst: 'x',
      payload: 'of ann',
    });
  });

  it.each(['', 'a'.repeat(4000), 'a\u0000'])(
    'is not kept where nobody can ever have the id: %#',
    (dst) => {
      const room = new TestRoom();
      const [ann] = room.joinAll('ann') as [FakePeer];
      ann.says({ type: 'OFFER', dst });
      expect(ann.take()).toEqual(dst === '' ? [] : [{ type: 'EXPIRE', src: dst, dst: 'ann' }]);
      expect(room.nextDeadline).toBeUndefined();
    },
  );
});

describe('a message to a peer in its grace', () => {
  it('is delivered, after OPEN, when the peer resumes in time', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(20_000);
    bob.says({ type: 'OFFER', dst: 'ann' });
    room.pass(4999);
    expect(bob.take()).toEqual([]);
    expect(room.join('ann').take()).toEqual([
      { type: 'OPEN' },
      { type: 'OFFER', src: 'bob', dst: 'ann' },
    ]);
  });

  it('expires after its own timeout, which does not end the grace', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.says({ type: 'OFFER', dst: 'ann' });
    room.pass(5000);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
    expect(room.nextDeadline).toBeUndefined();
    room.pass(24_999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });

  it('outlives the end of the grace for the rest of its timeout', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(2000);
    bob.says({ type: 'OFFER', dst: 'ann' });

    room.pass(4999);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
  });

  it.each(['LEAVE', 'EXPIRE'])('waits too if it is %s', (type) => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.says({ type, dst: 'ann' });
    expect(room.join('ann').take()).toEqual([{ type: 'OPEN' }, { type, src: 'bob', dst: 'ann' }]);
  });
});

it.each(['LEAVE', 'EXPIRE'])('brings no EXPIRE if nobody came for it: %s', (type) => {
  const room = new TestRoom({ gracePeriod: 4000 });
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  ann.disconnects();
  bob.says({ type, dst: 'ann' });
  room.pass(60_000);
  expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  expect(room.nextDeadline).toBeUndefined();
});

describe('the next deadline', () => {
  it('is none while nothing is pending', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann', 'bob') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'bob' });
    ann.says('{"type": "HEARTBEAT"}');
    expect(room.nextDeadline).toBeUndefined();
  });

  it('is the timeout of what waits, and none once that is delivered', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(room.nextDeadline).toBe(room.now + 5000);
    room.join('bob');
    expect(room.nextDeadline).toBeUndefined();
  });

  it('is none for a grace, which has its own, and that is none once its peer has resumed', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    expect(room.nextAlarm).toBeUndefined();
    ann.disconnects();
    expect(room.nextDeadline).toBeUndefined();
    expect(room.nextAlarm).toBe(room.now + 30_000);
    room.join('ann');
    expect(room.nextAlarm).toBeUndefined();
  });

  it('of several graces is that of the peer that has been away for the longest', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const start = room.now;
    ann.disconnects();
    room.pass(10_000);
    bob.disconnects();
    expect(room.nextAlarm).toBe(start + 30_000);
    room.pass(20_000);
    expect(room.nextAlarm).toBe(start + 40_000);
  });

  it('is whichever comes first of what waits and the socket that has to be closed', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const start = room.now;
    bob.says({ type: 'OFFER', dst: 'x' });
    room.pass(1000);
    ann.says({ type: 'LEAVE' });
    expect(room.nextDeadline).toBe(start + 5000);
    room.pass(4000);
    expect(room.nextDeadline).toBe(start + 6000);
    room.pass(1000);
    expect(room.nextDeadline).toBeUndefined();
  });

  it('may be run too early without harm', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.says({ type: 'OFFER', dst: 'x' });
    const next = room.nextDeadline;
    room.runDeadlines();
    expect(room.nextDeadline).toBe(next);
    expect(bob.take()).toEqual([]);
  });

  it('may be run late, and everything due happens then', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.says({ type: 'OFFER', dst: 'x' });
    room.now += 60_000;
    room.runDeadlines();
    expect(bob.take()).toEqual([
      { type: 'LEAVE', src: 'ann' },
      { type: 'EXPIRE', src: 'x', dst: 'bob' },
    ]);
    expect(room.nextDeadline).toBeUndefined();
  });
});
