import { expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const OPEN = { type: 'OPEN' };

it('tells a peer OPEN, and nobody else anything', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];

  expect(room.join('bob').take()).toEqual([OPEN]);
  expect(ann.take()).toEqual([]);
});

it('a room lists the peers that are connected, in the order in which they joined', () => {
  const room = new TestRoom();
  expect(room.list()).toEqual([]);
  room.joinAll('ann', 'bob');
  expect(room.list()).toEqual(['ann', 'bob']);
});

it('lists peers in the order in which they joined, however they are restored after a hibernation', () => {
  const room = new TestRoom();
  const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((id) => {
    room.pass(1);
    return room.join(id);
  }) as [FakePeer, FakePeer, FakePeer];
  for (const order of [
    [cid, bob, ann],
    [bob, cid, ann],
  ]) {
    room.hibernate(order);
    expect(room.list()).toEqual(['ann', 'bob', 'cid']);
  }
});

it('lists a peer that reconnects after those who were there, before and after a hibernation', () => {
  const room = new TestRoom();
  const [, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  room.pass(1);
  const ann = room.join('ann');
  expect(room.list()).toEqual(['bob', 'ann']);
  room.hibernate([ann, bob]);
  expect(room.list()).toEqual(['bob', 'ann']);
});

it('turns away another token while the holder of an id is connected', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];

  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  expect(ann.closed).toBeUndefined();
});

it.each([
  ['room', {}, 'room-full'],
  ['realm', REALM, 'realm-full'],
] as const)('turns away the peer that is one too many for a %s', (_, policy, refusal) => {
  const room = new TestRoom({ ...policy, capacity: 2 });
  room.joinAll('ann', 'bob');
  expect(room.refusalFor('cid')).toBe(refusal);
});

it('says of an id that is held in a full room that it is taken, not that the room is full', () => {
  const room = new TestRoom({ capacity: 1 });
  room.joinAll('ann');
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
});

it('keeps the ids of its members apart from the names that every object has', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('__proto__', 'constructor') as [FakePeer, FakePeer];
  ann.says({ type: 'OFFER', dst: 'constructor', payload: 1 });
  expect(bob.take()).toEqual([{ type: 'OFFER', src: '__proto__', dst: 'constructor', payload: 1 }]);
});

it('frees the seat and the id at once where there is no grace', () => {
  const room = new TestRoom({ ...REALM, capacity: 1 });
  const [ann] = room.joinAll('ann') as [FakePeer];
  ann.disconnects();
  expect(room.refusalFor('bob')).toBeUndefined();
  expect(room.refusalFor('ann', 'another token')).toBeUndefined();
});

it('keeps the seat of a peer in its grace, and frees it when the grace ends', () => {
  const room = new TestRoom({ capacity: 2, gracePeriod: 4000 });
  const [ann] = room.joinAll('ann', 'bob') as [FakePeer];
  ann.disconnects();

  room.pass(3999);
  expect(room.size).toBe(2);
  expect(room.refusalFor('ann')).toBeUndefined();
  room.pass(1);
  expect(room.size).toBe(1);
});

it('does not list a peer in its grace', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann', 'bob') as [FakePeer];
  ann.disconnects();
  expect(room.list()).toEqual(['bob']);
});

it('tells the host which connection speaks for nobody any more, once', () => {
  const room = new TestRoom();
  const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
  expect(room.released).toEqual([]);

  room.join('ann');
  expect(room.released).toEqual([ann]);
  bob.says({ type: 'LEAVE' });
  expect(room.released).toEqual([ann, bob]);
  cid.disconnects();
  expect(room.released).toEqual([ann, bob, cid]);

  ann.disconnects();
  bob.disconnects();
  cid.disconnects();
  room.pass(60_000);
  expect(room.released).toEqual([ann, bob, cid]);
});

it('knows everyone again after it lost its memory, and none of those it had released', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  const again = room.join('ann');
  again.take();
  room.hibernate([ann, bob, again]);

  expect(room.list()).toEqual(['bob', 'ann']);
  expect(room.refusalFor('ann', 'another token')).toBe('id-taken');
  ann.says({ type: 'OFFER', dst: 'bob' });
  expect(bob.take()).toEqual([]);
  again.says({ type: 'OFFER', dst: 'bob' });
  expect(bob.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'bob' }]);
  expect(again.take()).toEqual([]);
});

it('announces a peer whose end is what brought back the memory', () => {
  const room = new TestRoom({ gracePeriod: 4000 });
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  room.hibernate([bob]);
  room.restore(ann);
  ann.disconnects();

  expect(room.list()).toEqual(['bob']);
  room.pass(4000);
  expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
});

it('does not put back a peer whose id has a new holder', () => {
  const room = new TestRoom({ gracePeriod: 4000 });
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  room.hibernate([bob]);
  const next = room.join('ann', 'another token');
  next.take();
  room.restore(ann);
  ann.disconnects();
  room.pass(60_000);

  expect(room.list()).toEqual(['bob', 'ann']);
  expect(bob.take()).toEqual([]);
  bob.says({ type: 'OFFER', dst: 'ann' });
  expect(next.take()).toEqual([{ type: 'OFFER', src: 'bob', dst: 'ann' }]);
});
