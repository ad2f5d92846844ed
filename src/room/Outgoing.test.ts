import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const MIB = 1_048_576;
const POLICY = { maxMessageBytes: MIB, messagesPerSecond: 100_000 };

/** Says so many bytes to a peer, in frames of 64 KiB. */
function fill(from: FakePeer, dst: string, bytes: number): void {
  const payload = 'a'.repeat(65_536 - 200);
  const frame = JSON.stringify({ type: 'CANDIDATE', payload, dst });
  for (let sent = 0; sent < bytes; sent += 65_536) from.says(frame);
}

/** Says as much as there is room for, to the last few bytes. */
function stuff(from: FakePeer, dst: string): void {
  fill(from, dst, 3 * MIB);
  const frame = JSON.stringify({ type: 'CANDIDATE', dst });
  for (let n = 0; n < 1600; n += 1) from.says(frame);
}

describe('a peer that does not read', () => {
  it('is sent 2 MiB since it was last heard, and no more: senders get EXPIRE', () => {
    const room = new TestRoom(POLICY);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    fill(bob, 'ann', 4 * MIB);
    const size = ann.take().reduce((sum, frame) => sum + JSON.stringify(frame).length, 0);
    expect(size).toBeGreaterThan(1.9 * MIB);
    expect(size).toBeLessThanOrEqual(2 * MIB);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
    expect(ann.closed).toBeUndefined();
  });

  it('is sent more once it is heard', () => {
    const room = new TestRoom(POLICY);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let round = 0; round < 5; round += 1) {
      fill(bob, 'ann', 1.9 * MIB);
      ann.says({ type: 'HEARTBEAT' });
    }
    expect(bob.take()).toEqual([]);
  });

  it('is sent more once it has sent a heartbeat that the room never saw', () => {
    const room = new TestRoom(POLICY);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    for (let round = 0; round < 5; round += 1) {
      fill(bob, 'ann', 1.9 * MIB);
      room.pass(5000);
      ann.lastHeartbeatAt = room.now;
      room.pass(1);
    }
    expect(bob.take()).toEqual([]);
    expect(ann.closed).toBeUndefined();
  });

  it('is closed with 4002 at the first message after 10 s, and keeps its grace', () => {
    const room = new TestRoom(POLICY);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    fill(bob, 'ann', 3 * MIB);
    room.pass(10_000);
    fill(bob, 'ann', 1);
    expect(ann.closed).toBeUndefined();
    // In another second, for its EXPIRE.
    room.pass(1000);
    bob.take();
    fill(bob, 'ann', 1);
    expect(ann.closed).toEqual({ code: 4002, reason: 'slow' });
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
    room.pass(30_000);
    expect(bob.take().filter(({ type }) => type === 'LEAVE')).toEqual([
      { type: 'LEAVE', src: 'ann' },
    ]);
  });

  it('hears who has left all the same, once', () => {
    // Its LEAVE is longer than what is left of the bound.
    const CID = 'c'.repeat(100);
    const room = new TestRoom(POLICY);
    const [ann, bob, cid] = room.joinAll('ann', 'bob', CID) as [FakePeer, FakePeer, FakePeer];
    stuff(bob, 'ann');
    ann.take();
    cid.disconnects(1001);
    expect(ann.take()).toEqual([{ type: 'LEAVE', src: CID }]);
  });

  it('hears who has left when it comes back, where it was closed at that', () => {
    // Its LEAVE is longer than what is left of the bound.
    const CID = 'c'.repeat(100);
    const room = new TestRoom(POLICY);
    const [ann, bob, cid] = room.joinAll('ann', 'bob', CID) as [FakePeer, FakePeer, FakePeer];
    stuff(bob, 'ann');
    room.pass(10_001);
    cid.disconnects(1001);
    expect(ann.closed?.code).toBe(4002);
    const leaves = room
      .join('ann')
      .take()
      .filter(({ type }) => type === 'LEAVE');
    expect(leaves).toEqual([{ type: 'LEAVE', src: CID }]);
  });

  it('costs nobody else anything', () => {
    const room = new TestRoom(POLICY);
    const [, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    fill(bob, 'ann', 3 * MIB);
    bob.take();
    bob.says({ type: 'OFFER', dst: 'cid' });
    expect(cid.take()).toHaveLength(1);
    expect(bob.take()).toEqual([]);
  });
});

describe('peers that do not read, all together', () => {
  /** A realm in which as much is unheard as may be: 30 peers with 1.6 MiB. */
  function fullRealm() {
    const room = new TestRoom({ ...POLICY, ...REALM, capacity: 100 });
    const readers = room.joinAll(...Array.from({ length: 32 }, (_, n) => `reader ${n}`));
    const [bob] = room.joinAll('bob') as [FakePeer];
    for (const { id } of readers) fill(bob, id, 1.6 * MIB);
    stuff(bob, 'reader 31');
    return { room, bob, readers, last: room.join('last') };
  }

  it('are sent 48 MiB', () => {
    const { readers } = fullRealm();
    const sizes = readers.map((peer) =>
      peer.take().reduce((sum, frame) => sum + JSON.stringify(frame).length, 0),
    );
    const all = sizes.reduce((sum, size) => sum + size, 0);
    expect(all).toBeGreaterThan(47 * MIB);
    expect(all).toBeLessThanOrEqual(48 * MIB + 33 * 100);
  });

  it('do not keep a peer that reads from small messages', () => {
    const { bob, last } = fullRealm();
    last.says({ type: 'HEARTBEAT' });
    last.take();
    bob.take();
    bob.says({ type: 'OFFER', dst: 'last', payload: 'a'.repeat(10_000) });
    expect(last.take()).toHaveLength(1);
    bob.says({ type: 'OFFER', dst: 'last', payload: 'a'.repeat(10_000) });
    expect(last.take()).toEqual([]);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'last', dst: 'bob' }]);
    last.says({ type: 'HEARTBEAT' });
    fill(bob, 'last', 1);
    expect(last.take()).toEqual([]);
  });

  it('are looked at once a second for heartbeats, which make room again', () => {
    const { room, bob, readers, last } = fullRealm();
    room.pass(2000);
    for (const reader of readers) reader.lastHeartbeatAt = room.now;
    last.take();
    room.pass(1);
    fill(bob, 'last', MIB);
    expect(last.take()).toHaveLength(16);
  });

  it('keep no newcomer out of a full realm: the look for the silent is one of its own', () => {
    const room = new TestRoom({ ...POLICY, ...REALM, capacity: 40, aliveTimeout: 5000 });
    const readers = room.joinAll(...Array.from({ length: 39 }, (_, n) => `reader ${n}`));
    room.pass(5001);
    const [bob] = room.joinAll('bob') as [FakePeer];
    for (const { id } of readers) fill(bob, id, 1.6 * MIB);
    expect(room.refusalFor('cid')).toBeUndefined();
  });

  it('are closed after 10 s, whether somebody sends to them again or not', () => {
    const { room, bob, readers, last } = fullRealm();
    room.pass(10_001);
    last.take();
    fill(bob, 'last', MIB);
    const holders = readers.filter(({ closed }) => closed?.code === 4002);
    expect(holders.length).toBeGreaterThanOrEqual(30);
    expect(last.closed).toBeUndefined();
    expect(last.take()).toHaveLength(16);
  });

  it('do not get one closed that holds little, though it never sends heartbeats', () => {
    const room = new TestRoom({ ...POLICY, ...REALM, capacity: 100 });
    const [quiet, ...readers] = room.joinAll(
      'quiet',
      ...Array.from({ length: 31 }, (_, n) => `reader ${n}`),
    ) as [FakePeer, ...FakePeer[]];
    room.pass(60_000);
    for (const reader of readers) reader.says({ type: 'HEARTBEAT' });
    const [bob] = room.joinAll('bob') as [FakePeer];
    for (const { id } of readers) fill(bob, id, 1.6 * MIB);
    fill(bob, 'quiet', 1);
    expect(quiet.closed).toBeUndefined();
  });

  it('make room again when they go', () => {
    const { bob, readers, last } = fullRealm();
    for (const reader of readers) reader.disconnects(1001);
    last.take();
    fill(bob, 'last', MIB);
    expect(last.take()).toHaveLength(16);
  });
});

describe('a peer whose client takes less than is sent to it, where the runtime tells', () => {
  const TELLS = { tellsUnsent: true };

  it('is sent as much as comes while the client takes it, however long it says nothing', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    fill(bob, 'ann', 8 * MIB);
    expect(ann.take()).toHaveLength(128);
    expect(bob.take()).toEqual([]);
  });

  it('is sent no more than 2 MiB beyond that: senders get EXPIRE', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.setUnsent(ann, 2 * MIB - 60_000);
    fill(bob, 'ann', 1);
    expect(ann.take()).toEqual([]);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
    bob.says({ type: 'CANDIDATE', payload: 'small', dst: 'ann' });
    expect(ann.take()).toHaveLength(1);
  });

  it('is sent a frame of any size when it has taken everything', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.says({ type: 'OFFER', payload: 'a'.repeat(MIB - 100), dst: 'ann' });
    expect(ann.take()).toHaveLength(1);
  });

  it('is not at its bound alone: what all clients have not taken counts as well', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    room.setUnsent(cid, 64 * MIB);
    room.setUnsent(ann, 1);
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
  });

  it('is closed with 4002 after 10 s, and not where the client has taken something meanwhile', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.setUnsent(ann, 2 * MIB);
    fill(bob, 'ann', 1);
    room.pass(10_001);
    room.setUnsent(ann, 0);
    fill(bob, 'ann', 1);
    room.setUnsent(ann, 2 * MIB);
    fill(bob, 'ann', 1);
    expect(ann.closed).toBeUndefined();
    room.pass(10_001);
    fill(bob, 'ann', 1);
    expect(ann.closed?.code).toBe(4002);
  });

  it('is told what the server itself has to say, all the same', () => {
    const room = new TestRoom(POLICY, TELLS);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.setUnsent(ann, 2 * MIB);
    room.disconnect(bob, 1001);
    expect(ann.take()).toEqual([{ type: 'LEAVE', src: 'bob' }]);
  });
});
