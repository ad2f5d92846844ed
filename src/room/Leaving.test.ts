import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const LEAVE_OF_ANN = { type: 'LEAVE', src: 'ann' };

describe('a peer whose socket is gone', () => {
  it('is announced to every other member when its grace ends, once', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    ann.disconnects();

    room.pass(3999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    expect(cid.take()).toEqual([LEAVE_OF_ANN]);
    room.pass(60_000);
    expect([...bob.take(), ...cid.take(), ...ann.take()]).toEqual([]);
  });

  it('is announced once even if its end is noticed twice', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(20_000);
    ann.disconnects();
    room.pass(10_000);
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('is announced at once where the grace is 0', () => {
    const room = new TestRoom({ gracePeriod: 0 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    expect(room.nextAlarm).toBeUndefined();
  });

  it('is never announced where the grace is off', () => {
    const room = new TestRoom({ gracePeriod: 0, tellsWhoLeft: false });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    expect(room.nextAlarm).toBeUndefined();
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('is announced to a member in its grace, who gets it when it resumes', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(1000);
    bob.disconnects();
    room.pass(3500);
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('is not announced to members that came after it left', () => {
    const room = new TestRoom({ gracePeriod: 0 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.disconnects();
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }]);
    expect(room.join('ann', 'another token').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('has its own grace, though others are in theirs', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    ann.disconnects();
    room.pass(1000);
    bob.disconnects();

    room.pass(3000);
    expect(cid.take()).toEqual([LEAVE_OF_ANN]);
    room.pass(999);
    expect(cid.take()).toEqual([]);
    room.pass(1);
    expect(cid.take()).toEqual([{ type: 'LEAVE', src: 'bob' }]);
  });

  it('keeps its seat and its grace though a send fails before its end is known', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.isBroken = true;
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(room.list()).toEqual(['ann', 'bob']);

    ann.disconnects();
    expect(room.join('ann').take()).toEqual([
      { type: 'OPEN' },
      { type: 'OFFER', src: 'bob', dst: 'ann' },
    ]);
    expect(bob.take()).toEqual([]);
  });

  it('is announced to all that are left when a send fails while it is announced', () => {
    const room = new TestRoom({ gracePeriod: 0 });
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    bob.isBroken = true;
    ann.disconnects();
    expect(cid.take()).toEqual([LEAVE_OF_ANN]);
    bob.disconnects();
    expect(cid.take()).toEqual([{ type: 'LEAVE', src: 'bob' }]);
  });

  it('is announced, when it resumes, to a member whose socket had failed by then', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.isBroken = true;
    ann.says({ type: 'LEAVE' });
    bob.disconnects();
    room.pass(20_000);
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('is announced, when it resumes, to a member that was found silent by it', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.lastHeartbeatAt = room.now;
    room.pass(90_001);
    ann.says({ type: 'LEAVE' });
    expect(bob.closed?.code).toBe(4001);
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('makes its sender hear EXPIRE where there is no grace and its send failed', () => {
    const room = new TestRoom(REALM);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.isBroken = true;
    bob.says({ type: 'OFFER', dst: 'ann' });
    room.pass(5000);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
  });
});

describe('LEAVE without dst', () => {
  it.each([{}, { dst: '' }, { dst: null }])('frees the id and keeps the socket: %j', (fields) => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'LEAVE', ...fields });

    expect(ann.closed).toBeUndefined();
    expect(room.list()).toEqual([]);
    expect(room.join('ann', 'another token').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('is announced at once in a room: the peer said that it goes', () => {
    const room = new TestRoom({ gracePeriod: 4000 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    expect(ann.take()).toEqual([]);

    ann.disconnects();
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('is not announced in a realm', () => {
    const room = new TestRoom(REALM);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    expect(bob.take()).toEqual([]);
  });

  it('frees the seat', () => {
    const room = new TestRoom({ capacity: 1 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'LEAVE' });
    expect(room.refusalFor('bob')).toBeUndefined();
  });

  it('makes the socket mute', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    bob.take();

    ann.says({ type: 'OFFER', dst: 'bob' });
    ann.says({ type: 'LEAVE', dst: 'bob' });
    expect(bob.take()).toEqual([]);
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(ann.take()).toEqual([]);
  });

  it('lets the socket that gave up an id do nothing to its next holder', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    const next = room.join('ann', 'another token');
    bob.take();

    ann.says({ type: 'LEAVE' });
    ann.disconnects();
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
    expect(next.closed).toBeUndefined();
    expect(room.list()).toEqual(['bob', 'ann']);
  });
});
