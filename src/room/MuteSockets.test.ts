import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

describe('a socket whose peer gave up its id', () => {
  it('is closed after 5 s', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'LEAVE' });
    expect(room.nextDeadline).toBe(room.now + 5000);
    room.pass(4999);
    expect(ann.closed).toBeUndefined();
    room.pass(1);
    expect(ann.closed).toEqual({ code: 1000, reason: 'gave up its id' });
    expect(room.nextDeadline).toBeUndefined();
  });

  it('is closed at once if it goes on to speak, and costs nothing after that', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    bob.take();
    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(ann.closed).toEqual({ code: 1000, reason: 'gave up its id' });
    expect(room.nextDeadline).toBeUndefined();
    ann.closed = undefined;
    for (let n = 0; n < 1000; n += 1) ann.says({ type: 'OFFER', dst: 'bob' });
    expect(ann.closed).toBeUndefined();
    expect([...ann.take(), ...bob.take()]).toEqual([]);
  });

  it('holds no timer once its page has closed it', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'LEAVE' });
    ann.disconnects(1001);
    expect(room.nextDeadline).toBeUndefined();
    room.pass(60_000);
    expect(ann.closed).toBeUndefined();
  });

  it('of several is each closed in its time', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says({ type: 'LEAVE' });
    room.pass(2000);
    bob.says({ type: 'LEAVE' });
    room.pass(3000);
    expect([ann.closed, bob.closed]).toEqual([{ code: 1000, reason: 'gave up its id' }, undefined]);
    room.pass(2000);
    expect(bob.closed?.code).toBe(1000);
  });
});

describe.each([
  ['room', {}],
  ['realm', REALM],
] as const)('sockets of a %s that speak for nobody', (_, policy) => {
  /** Peers that come and give up their ids, and ignore that they are closed. */
  function comeAndGo(room: TestRoom, count: number): FakePeer[] {
    return Array.from({ length: count }, (_, n) => {
      const peer = room.join(`mute ${n}`);
      peer.says({ type: 'LEAVE' });
      room.pass(6000);
      return peer;
    });
  }

  it('may be a hundred more than the seats', () => {
    const room = new TestRoom({ ...policy, capacity: 4 });
    const full = policy === REALM ? 'realm-full' : 'room-full';
    const mute = comeAndGo(room, 104);
    expect(mute.every(({ closed }) => closed !== undefined)).toBe(true);
    expect(room.refusalFor('ann')).toBe(full);
    mute[0]?.disconnects();
    expect(room.refusalFor('ann')).toBeUndefined();
  });

  it('are counted after the room has lost its memory too', () => {
    const room = new TestRoom({ ...policy, capacity: 1 });
    const mute = comeAndGo(room, 101);
    room.hibernate(mute);
    expect(room.refusalFor('ann')).toBeDefined();
    for (const peer of mute) peer.says({ type: 'OFFER', dst: 'ann' });
    mute[0]?.disconnects();
    expect(room.refusalFor('ann')).toBeUndefined();
  });

  it('keep nobody out who is there: a peer may come back to its id', () => {
    const room = new TestRoom({ ...policy, capacity: 2 });
    room.joinAll('ann');
    comeAndGo(room, 102);
    expect(room.refusalFor('bob')).toBeDefined();
    expect(room.refusalFor('ann')).toBeUndefined();
  });
});

it('costs nobody a seat that too many sockets are mute: the newcomer is turned away first', () => {
  const room = new TestRoom({ capacity: 2 });
  const [bob] = room.joinAll('bob') as [FakePeer];
  for (let n = 0; n < 101; n += 1) room.join(`mute ${n}`).says({ type: 'LEAVE' });
  const ann = room.join('ann');
  // It takes over from its own socket, which is one more.
  room.join('ann').disconnects();
  expect(ann.closed?.code).toBe(4000);
  bob.take();
  expect(room.refusalFor('cid')).toBe('room-full');
  expect(room.refusalFor('dan')).toBe('room-full');
  expect(bob.take()).toEqual([]);
  room.pass(90_001);
  expect(room.refusalFor('bob', 'another token')).toBe('room-full');
  expect(bob.closed).toBeUndefined();
});

it('counts what was replaced, was silent or flooded until its socket is really gone', () => {
  const room = new TestRoom({ capacity: 1, messagesPerSecond: 1 });
  const ends: ((peer: FakePeer) => void)[] = [
    (peer) => room.join(peer.id).disconnects(1001),
    (peer) => {
      for (let n = 0; n < 100; n += 1) peer.says('nonsense');
      for (let n = 0; n < 60; n += 1) {
        room.pass(100);
        peer.says('nonsense');
      }
      expect(peer.closed?.code).toBe(1008);
    },
    (peer) => {
      room.pass(91_000);
      room.join('next').disconnects(1001);
      expect(peer.closed?.code).toBe(4001);
    },
  ];
  const gone = Array.from({ length: 101 }, (_, n) => {
    const peer = room.join(`peer ${n}`);
    ends[n % ends.length]?.(peer);
    return peer;
  });
  expect(room.refusalFor('ann')).toBe('room-full');
  gone[0]?.disconnects();
  expect(room.refusalFor('ann')).toBeUndefined();
});
