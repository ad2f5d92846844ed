import { describe, expect, it } from 'vitest';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';

/** The room sees it, as something happens before and after: here somebody asks who is there. */
function setBack(room: TestRoom, step: number): void {
  room.list();
  room.now -= step;
  room.list();
}

describe.each([1000, 10_000, 3_600_000])('when the clock is set back by %i ms', (step) => {
  it('what waits is delivered, and expires after what is left of its time', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'x' });
    ann.says({ type: 'OFFER', dst: 'bob' });
    room.pass(3000);
    setBack(room, step);
    expect(room.join('bob').take()).toContainEqual({ type: 'OFFER', src: 'ann', dst: 'bob' });
    expect(room.nextDeadline).toBe(room.now + 2000);
    room.pass(1999);
    expect(ann.take()).toEqual([]);
    room.pass(1);
    expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'x', dst: 'ann' }]);
    expect(room.nextDeadline).toBeUndefined();
  });

  it('a grace lasts as long as it would', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(10_000);
    setBack(room, step);
    expect(room.nextAlarm).toBe(room.now + 20_000);
    room.pass(19_999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });

  it('a grace that is remembered after that ends in its time', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    setBack(room, step);
    ann.disconnects();
    for (let time = 0; time < 29_000; time += 1000) {
      room.pass(1000);
      room.hibernate([bob]);
    }
    room.pass(999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });

  it('a grace ends at the latest one grace after that, where the room has lost its memory', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(10_000);
    room.now -= step;
    // It may lose it again and again.
    for (let time = 0; time < 30_000; time += 1000) {
      room.hibernate([bob]);
      room.pass(1000);
    }
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
    expect(room.size).toBe(1);
  });

  it('no message is dropped, and the rate is what it was', () => {
    const room = new TestRoom({ messagesPerSecond: 10 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let n = 0; n < 50; n += 1) ann.says({ type: 'CANDIDATE', dst: 'bob' });
    setBack(room, step);
    for (let n = 0; n < 50; n += 1) ann.says({ type: 'CANDIDATE', dst: 'bob' });
    expect(bob.take()).toHaveLength(100);
    ann.says({ type: 'CANDIDATE', dst: 'bob' });
    expect(bob.take()).toEqual([]);
    room.pass(1000);
    for (let n = 0; n < 10; n += 1) ann.says({ type: 'CANDIDATE', dst: 'bob' });
    expect(bob.take()).toHaveLength(10);
  });

  it('a flood is ended after five seconds all the same', () => {
    const room = new TestRoom({ messagesPerSecond: 1 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    for (let time = 0; time < 8000; time += 10) {
      room.pass(10);
      ann.says({ type: 'HEARTBEAT' });
      if (time === 3000) setBack(room, step);
    }
    expect(ann.closed?.code).toBe(1008);
  });

  it('nobody becomes silent too soon, and a peer that says nothing does in time', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (const peer of [ann, bob]) peer.lastHeartbeatAt = room.now;
    room.pass(50_000);
    ann.lastHeartbeatAt = room.now;
    setBack(room, step);
    expect(room.list()).toEqual(['ann', 'bob']);
    room.pass(40_000);
    expect(room.list()).toEqual(['ann', 'bob']);
    // A heartbeat of a time that comes again may be taken for a later one, by no more than the step.
    const atMost = step === 3_600_000 ? 0 : step;
    room.pass(1 + atMost);
    expect(room.list()).toEqual(['ann']);
    ann.lastHeartbeatAt = room.now;
    room.pass(90_000);
    expect(room.list()).toEqual(['ann']);
    room.pass(1);
    expect(room.list()).toEqual([]);
  });

  it('a peer that joined after that is silent in its time, where the room has lost its memory', () => {
    const room = new TestRoom();
    setBack(room, step);
    const [ann] = room.joinAll('ann') as [FakePeer];
    room.pass(60_000);
    room.hibernate([ann]);
    room.pass(45_000);
    expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
    room.pass(1);
    expect(room.refusalFor('ann', 'another token')).toBeUndefined();
  });

  it('a peer is not taken for alive at every wake after that', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    room.now -= step;
    for (let time = 0; time < 120_000; time += 10_000) {
      room.hibernate([ann]);
      room.pass(10_000);
    }
    expect(room.refusalFor('ann', 'another token')).toBeUndefined();
  });

  it('what a peer was sent since its last heartbeat is not taken for heard', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.lastHeartbeatAt = room.now;
    room.pass(step === 1000 ? 2000 : 11_000);
    bob.says({ type: 'OFFER', dst: 'ann' });
    setBack(room, step);
    room.pass(100);
    ann.disconnects();
    expect(room.join('ann').take()).toContainEqual({ type: 'OFFER', src: 'bob', dst: 'ann' });
  });

  it('calls, takeovers and mute sockets are counted as they were', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let n = 0; n < 3; n += 1) room.join('ann');
    bob.says({ type: 'OFFER', dst: 'x' });
    room.pass(5000);
    bob.take();
    const cid = room.join('cid');
    cid.says({ type: 'LEAVE' });
    room.pass(1000);
    setBack(room, step);
    expect(room.refusalFor('ann')).toBe('id-taken');
    bob.says({ type: 'OFFER', dst: 'x' });
    expect(bob.take()).toContainEqual({ type: 'EXPIRE', src: 'x', dst: 'bob' });
    room.pass(4000);
    expect(cid.closed?.code).toBe(1000);
    room.pass(60_000);
    expect(room.refusalFor('ann')).toBeUndefined();
    expect(ann.closed?.code).toBe(4000);
  });
});

it('holds nothing against a peer that was remembered before the clock was set back', () => {
  const room = new TestRoom();
  room.joinAll('ann');
  let newest = room.join('ann');
  for (let n = 0; n < 2; n += 1) newest = room.join('ann');
  newest.says({ type: 'OFFER', dst: 'x' });
  room.pass(5000);
  room.now -= 3_600_000;
  room.hibernate([newest]);
  expect(room.refusalFor('ann')).toBeUndefined();
  newest.says({ type: 'OFFER', dst: 'x' });
  expect(room.nextDeadline).toBe(room.now + 5000);
});
