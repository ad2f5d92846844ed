import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const OPEN = { type: 'OPEN' };

describe.each([
  ['room', {}],
  ['realm', REALM],
] as const)('the same id and token again in a %s', (_, policy) => {
  it('gets OPEN, and the older socket is closed', () => {
    const room = new TestRoom(policy);
    const [older] = room.joinAll('ann') as [FakePeer];

    expect(room.join('ann').take()).toEqual([OPEN]);
    expect(older.closed).toEqual({ code: 4000, reason: 'replaced' });
    expect(older.take()).toEqual([]);
    expect(room.list()).toEqual(['ann']);
  });

  it('makes the older socket mute', () => {
    const room = new TestRoom(policy);
    const [older, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const newer = room.join('ann');
    newer.take();

    older.says({ type: 'OFFER', dst: 'bob' });
    older.says({ type: 'LEAVE' });
    expect(bob.take()).toEqual([]);

    newer.says({ type: 'OFFER', dst: 'bob' });
    expect(bob.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'bob' }]);
  });

  it('is not unseated by the end of the older socket', () => {
    const room = new TestRoom(policy);
    const [older, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const newer = room.join('ann');
    newer.take();

    older.disconnects();
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
    expect(room.list().toSorted()).toEqual(['ann', 'bob']);
    bob.says({ type: 'OFFER', dst: 'ann' });
    expect(newer.take()).toEqual([{ type: 'OFFER', src: 'bob', dst: 'ann' }]);
  });

  it('gets its seat where all are taken', () => {
    const room = new TestRoom({ ...policy, capacity: 1 });
    room.joinAll('ann');
    expect(room.join('ann').take()).toEqual([OPEN]);
  });

  it('tells nobody', () => {
    const room = new TestRoom(policy);
    const [, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.join('ann');
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });
});

describe('the same id and token within the grace', () => {
  it('resumes silently', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(29_999);

    expect(room.join('ann').take()).toEqual([OPEN]);
    expect(room.list()).toEqual(['bob', 'ann']);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('gets after its OPEN what was sent to it meanwhile, in order', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    for (const payload of [1, 2, 3]) bob.says({ type: 'CANDIDATE', dst: 'ann', payload });

    const candidate = { type: 'CANDIDATE', src: 'bob', dst: 'ann' };
    expect(room.join('ann').take()).toEqual([
      OPEN,
      { ...candidate, payload: 1 },
      { ...candidate, payload: 2 },
      { ...candidate, payload: 3 },
    ]);
  });

  it('has a full grace when it is gone again', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(20_000);
    room.join('ann').disconnects();

    room.pass(29_999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
  });
});

describe('another token within the grace: a page that was reloaded', () => {
  it('gets the id and the seat at once, after the others got LEAVE for the page before', () => {
    const room = new TestRoom({ capacity: 2 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();

    const reloaded = room.join('ann', 'another token');
    expect(reloaded.take()).toEqual([OPEN]);
    expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
    expect(room.list()).toEqual(['bob', 'ann']);
  });

  it('leaves no second LEAVE behind', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.join('ann', 'another token');
    bob.take();

    room.pass(60_000);
    expect(bob.take()).toEqual([]);
    expect(room.list()).toEqual(['bob', 'ann']);
  });

  it('owns the id from then on', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.disconnects();
    room.join('ann', 'another token');
    expect(room.refusalFor('ann', ann.claim.token)).toBe('id-taken');
  });

  it('gets what waited for the id', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.says({ type: 'OFFER', dst: 'ann', payload: 'call me' });
    expect(room.join('ann', 'another token').take()).toEqual([
      OPEN,
      { type: 'OFFER', src: 'bob', dst: 'ann', payload: 'call me' },
    ]);
  });

  it('gets LEAVE as every member does when another reloads', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    const annAgain = room.join('ann', 'another token');
    annAgain.take();
    bob.disconnects();
    room.join('bob', 'another token');
    expect(annAgain.take()).toEqual([{ type: 'LEAVE', src: 'bob' }]);
  });
});
