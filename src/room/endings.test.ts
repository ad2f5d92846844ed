import { describe, expect, it } from 'vitest';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';
import { meaningOf } from './endings.ts';

const LEAVE_OF_ANN = { type: 'LEAVE', src: 'ann' };

it.each([
  [1001, 'gone'],
  [1000, 'left'],
  [1005, 'left'],
  [1002, 'lost'],
  [1006, 'lost'],
  [1009, 'lost'],
  [1011, 'lost'],
  [1012, 'lost'],
  [3000, 'lost'],
  [4000, 'lost'],
] as const)('reads the close code %i as a page that is %s', (code, kind) => {
  expect(meaningOf(code)).toBe(kind);
});

describe.each([
  ['closed with 1001', (ann: FakePeer) => ann.disconnects(1001)],
  ['given up by LEAVE without dst', (ann: FakePeer) => ann.says({ type: 'LEAVE' })],
] as const)('a socket that was %s: the page is gone', (_, end) => {
  it('tells the others at once', () => {
    const room = new TestRoom();
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    end(ann);
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    expect(cid.take()).toEqual([LEAVE_OF_ANN]);
    room.pass(60_000);
    expect([...bob.take(), ...cid.take()]).toEqual([]);
  });

  it('frees id and seat at once', () => {
    const room = new TestRoom({ capacity: 1 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    end(ann);
    expect(room.size).toBe(0);
    expect(room.nextAlarm).toBeUndefined();
    expect(room.refusalFor('ann', 'another token')).toBeUndefined();
  });
});

describe.each([1000, 1005])('a socket that was closed with %i: the page lives on', (code) => {
  it('tells nobody, ever: its connections are its own business', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects(code);
    expect(room.nextAlarm).toBeUndefined();
    room.pass(3_600_000);
    expect(bob.take()).toEqual([]);
  });

  it('frees id and seat at once', () => {
    const room = new TestRoom({ capacity: 1 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.disconnects(code);
    expect(room.size).toBe(0);
    expect(room.join('ann', 'another token').take()).toEqual([{ type: 'OPEN' }]);
  });
});

describe.each([1002, 1006, 1011, 4000])(
  'a socket that ended with %i: the network was lost',
  (code) => {
    it('keeps id and seat for the grace, and tells the others when that ends', () => {
      const room = new TestRoom({ capacity: 2 });
      const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
      ann.disconnects(code);
      expect(room.size).toBe(2);
      room.pass(29_999);
      expect(bob.take()).toEqual([]);
      expect(room.size).toBe(2);
      room.pass(1);
      expect(bob.take()).toEqual([LEAVE_OF_ANN]);
      expect(room.size).toBe(1);
    });

    it('yields the id to a newcomer that claims it, after the others got LEAVE', () => {
      const room = new TestRoom({ capacity: 2 });
      const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
      ann.disconnects(code);
      room.join('ann', 'another token');
      expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    });

    it('resumes with the same token, and nobody hears of it', () => {
      const room = new TestRoom();
      const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
      ann.disconnects(code);
      room.pass(10_000);
      expect(room.join('ann').take()).toEqual([{ type: 'OPEN' }]);
      room.pass(60_000);
      expect(bob.take()).toEqual([]);
      expect(room.away).toEqual([]);
    });
  },
);

it('takes a socket that failed without any code for a lost network', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];
  room.end(ann, { reason: 'error' });
  expect(room.size).toBe(1);
  expect(room.nextAlarm).toBe(room.now + 30_000);
});

describe('a full room', () => {
  it('gives the seat of the peer that has been away for the longest to a newcomer, and tells the others', () => {
    const room = new TestRoom({ capacity: 3 });
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    bob.disconnects();
    room.pass(1000);
    ann.disconnects();
    room.pass(1000);
    expect(room.join('dan').take()).toEqual([{ type: 'OPEN' }]);
    expect(cid.take()).toEqual([{ type: 'LEAVE', src: 'bob' }]);
    expect(room.size).toBe(3);

    room.join('eve');
    expect(cid.take()).toEqual([LEAVE_OF_ANN]);
    expect(room.refusalFor('fay')).toBe('room-full');
    expect(room.away).toEqual([]);
  });

  it('tells one that is away too whose seat was given away', () => {
    const room = new TestRoom({ capacity: 2 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.disconnects();
    room.join('cid');
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('lets a peer that resumes keep its own seat, without a look at those of others', () => {
    const room = new TestRoom({ capacity: 2 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    bob.disconnects();
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }]);
    expect(room.away.map(({ id }) => id)).toEqual(['ann']);
  });

  it('takes no seat from anybody while one is free', () => {
    const room = new TestRoom({ capacity: 3 });
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.join('cid');
    expect(bob.take()).toEqual([]);
    expect(room.away).toHaveLength(1);
  });
});

describe('what a peer in its grace has missed', () => {
  it('is told it when it comes back, before what waits for it', () => {
    const room = new TestRoom();
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    bob.disconnects();
    cid.says({ type: 'OFFER', dst: 'bob' });
    ann.disconnects(1001);
    expect(room.join('bob').take()).toEqual([
      { type: 'OPEN' },
      LEAVE_OF_ANN,
      { type: 'OFFER', src: 'cid', dst: 'bob' },
    ]);
  });

  it('is not told to a page that was reloaded, which never knew the others', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.disconnects();
    ann.disconnects(1001);
    expect(room.join('bob', 'another token').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('is not lost if the socket that it comes back on fails too', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    bob.disconnects();
    ann.disconnects(1001);
    const broken = room.join('bob', undefined, false, { isBroken: true });
    broken.disconnects();
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('is at most a hundred frames, the last ones', () => {
    const room = new TestRoom({ capacity: 2 });
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.disconnects();
    for (let n = 0; n < 150; n += 1) room.join(`guest ${n}`).disconnects(1001);
    const frames = room.join('ann').take();
    expect(frames).toHaveLength(101);
    expect(frames.at(-1)).toEqual({ type: 'LEAVE', src: 'guest 149' });
  });
});

describe('the graces', () => {
  it('outlive the memory of the room', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.disconnects();
    room.pass(20_000);
    room.hibernate([bob]);
    expect(room.size).toBe(2);
    room.pass(9999);
    expect(bob.take()).toEqual([]);
    room.pass(1);
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
    expect(room.away).toEqual([]);
  });

  it('outlive it with token, owner, and what was missed', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    const cid = room.join('cid', 'signed for cid', true);
    cid.disconnects();
    bob.disconnects();
    ann.disconnects(1001);
    room.hibernate([]);
    expect(room.refusalFor('cid', 'another token')).toBe('id-taken');
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }, LEAVE_OF_ANN]);
  });

  it('are no longer than all graces are, whatever was remembered', () => {
    const room = new TestRoom({ gracePeriod: 10_000 });
    const [bob] = room.joinAll('bob') as [FakePeer];
    room.away = [
      { id: 'ann', token: 't', isOwner: false, until: room.now + 3_600_000, missed: [] },
    ];
    room.hibernate([bob]);
    room.pass(10_000);
    expect(bob.take()).toEqual([LEAVE_OF_ANN]);
  });

  it('are not put back for a peer that is connected', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    room.away = [{ id: 'ann', token: 't', isOwner: false, until: room.now + 1000, missed: [] }];
    room.hibernate([ann, bob]);
    expect(room.size).toBe(2);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('that end together are each announced to those who are left', () => {
    const room = new TestRoom();
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    ann.disconnects();
    bob.disconnects();
    room.pass(30_000);
    expect(cid.take()).toEqual([LEAVE_OF_ANN, { type: 'LEAVE', src: 'bob' }]);
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('of many that end together are written once', () => {
    const room = new TestRoom({ capacity: 100 });
    const peers = room.joinAll(...Array.from({ length: 100 }, (_, n) => `peer ${n}`));
    for (const peer of peers) peer.disconnects();
    const before = room.timesAwayWasPersisted;
    room.pass(30_000);
    expect(room.size).toBe(0);
    expect(room.timesAwayWasPersisted - before).toBe(1);
  });
});
