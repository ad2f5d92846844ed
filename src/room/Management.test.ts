import { describe, expect, it } from 'vitest';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';
import type { Outcome } from './ManagedRooms.ts';
import type { RoomPlan } from './managedRecord.ts';

const RESERVED_MS = 30_000;
const EMPTY_MS = 60_000;
const GRACE_MS = 30_000;
const HOUR_MS = 3_600_000;

/** A managed room whose host, ann, is connected. */
function made(plan: Partial<RoomPlan> = {}): { room: TestRoom; ann: FakePeer } {
  const room = new TestRoom();
  room.make('ann', plan);
  const ann = room.join('ann');
  ann.take();
  return { room, ann };
}

/** Takes a seat and connects. */
function seated(room: TestRoom, id: string): FakePeer {
  expect(refusal(room.takeSeat(id))).toBeUndefined();
  const peer = room.join(id);
  peer.take();
  return peer;
}

function refusal(outcome: Outcome<unknown>): string | undefined {
  return 'refusal' in outcome ? outcome.refusal.type : undefined;
}

describe('a room that nobody made', () => {
  it('is none by HTTP, has no seats to give and no settings to change', () => {
    const room = new TestRoom();
    room.join('ann');
    expect(room.view).toBeUndefined();
    expect(refusal(room.takeSeat('bob'))).toBe('no-such-room');
    expect(refusal(room.change('ann', { locked: true }))).toBe('no-such-room');
  });

  it.each([{ locked: true }, { public: true }, { meta: {} }, { state: {} }, { ban: 'bob' }])(
    'refuses %j of its host, with no change to anything',
    (change) => {
      const room = new TestRoom();
      const [ann] = room.joinAll('ann', 'bob');
      ann?.says({ type: 'ROOM', payload: { rid: 1, ...change } });
      expect(ann?.take()).toMatchObject([{ payload: { rid: 1, error: { type: 'not-managed' } } }]);
      expect(room.size).toBe(2);
    },
  );

  it('cannot be made while somebody is there, or awaited', () => {
    const room = new TestRoom();
    room.join('ann');
    expect(refusal(room.make('bob'))).toBe('code-in-use');
    const other = new TestRoom();
    other.make('ann');
    expect(refusal(other.make('bob'))).toBe('code-in-use');
  });
});

describe('seats', () => {
  it('are needed to connect, and each is for one id and one token', () => {
    const { room } = made();
    room.takeSeat('bob');
    expect(room.refusalFor('cid')).toBe('seat-required');
    expect(room.refusalFor('bob', 'another token')).toBe('seat-required');
    expect(room.refusalFor('cid', 'token of bob')).toBe('seat-required');
    expect(room.refusalFor('bob')).toBeUndefined();
  });

  it('are taken while somebody is awaited, connected, or in the grace period', () => {
    const { room } = made({ size: 2 });
    room.takeSeat('bob');
    expect(refusal(room.takeSeat('cid'))).toBe('room-full');
    const bob = room.join('bob');
    expect(refusal(room.takeSeat('cid'))).toBe('room-full');
    bob.disconnects();
    expect(refusal(room.takeSeat('cid'))).toBe('room-full');
    room.pass(RESERVED_MS);
    expect(refusal(room.takeSeat('cid'))).toBeUndefined();
  });

  it('are free at once when the page is gone', () => {
    const { room } = made({ size: 2 });
    seated(room, 'bob').disconnects(1001);
    expect(refusal(room.takeSeat('cid'))).toBeUndefined();
  });

  it('are free again if nobody connects, without a timer', () => {
    const { room } = made({ size: 2 });
    room.takeSeat('bob');
    expect([room.nextDeadline, room.nextAlarm]).toEqual([undefined, undefined]);
    room.pass(RESERVED_MS - 1);
    expect(refusal(room.takeSeat('cid'))).toBe('room-full');
    room.pass(1);
    expect(refusal(room.takeSeat('cid'))).toBeUndefined();
    expect(room.refusalFor('bob')).toBe('room-full');
  });

  it('of players that have been silent for too long are free', () => {
    const { room, ann } = made({ size: 2 });
    seated(room, 'bob');
    room.pass(100_000);
    ann.says({ type: 'HEARTBEAT' });
    expect(refusal(room.takeSeat('cid'))).toBeUndefined();
    expect(ann.take()).toMatchObject([{ type: 'LEAVE', src: 'bob' }]);
  });

  it('are given again to the players who held them, though the room is locked', () => {
    const { room } = made({ password: { salt: '', hash: 'right' } });
    expect(refusal(room.takeSeat('bob'))).toBe('wrong-password');
    expect(refusal(room.takeSeat('bob', { passwordHash: 'wrong' }))).toBe('wrong-password');
    expect(refusal(room.takeSeat('bob', { passwordHash: 'right' }))).toBeUndefined();
    room.join('bob').disconnects(1001);
    room.change('ann', { locked: true });
    expect(refusal(room.takeSeat('cid', { passwordHash: 'right' }))).toBe('room-locked');
    expect(room.retakeSeat('bob')).toMatchObject({ value: { id: 'bob', rejoined: true } });
    expect(room.refusalFor('bob')).toBeUndefined();
  });

  it('are not given again where others have taken all', () => {
    const { room } = made({ size: 2 });
    seated(room, 'bob').disconnects(1001);
    seated(room, 'cid');
    expect(refusal(room.retakeSeat('bob'))).toBe('room-full');
    expect(room.refusalFor('bob')).toBe('room-full');
  });

  it('of 64 players who are gone are remembered', () => {
    const { room } = made({ size: 2 });
    for (let n = 0; n < 66; n += 1) seated(room, `p${n}`).disconnects(1001);
    expect(refusal(room.retakeSeat('p0'))).toBeUndefined();
    expect(room.record?.seats.length).toBeLessThanOrEqual(66);
    room.pass(RESERVED_MS);
    expect(room.retakeSeat('p0')).toMatchObject({ value: { id: 'not p0', rejoined: false } });
  });

  it('name the player, so that others may know of it before it connects', () => {
    const { room, ann } = made();
    room.takeSeat('bob', { name: 'Bob', data: { colour: 'red' } });
    expect(room.view).toMatchObject({ taken: 2, peers: [{ id: 'ann' }, { name: 'Bob' }] });
    room.join('bob');
    ann.says({ type: 'ROOM' });
    expect(ann.take()).toMatchObject([
      { payload: { peers: [{ id: 'ann' }, { name: 'Bob', data: { colour: 'red' } }] } },
    ]);
  });

  it('belong to a player with a signed token for the id', () => {
    const room = new TestRoom();
    room.make('ann', { size: 2 });
    room.takeSeat('bob', { tokenHash: undefined });
    expect(room.refusalFor('bob', 'any token')).toBe('seat-required');
    expect(room.refusalFor('bob', 'a signed token', true)).toBeUndefined();
    room.join('bob', 'a signed token', true);
    expect(room.takeSeat('bob', { tokenHash: undefined })).toMatchObject({
      value: { id: 'bob', rejoined: true },
    });
  });
});

describe('a page that takes the seat of the one before', () => {
  it('is a new one, though its token is the same: the others drop their links first', () => {
    const { room, ann } = made();
    seated(room, 'bob');
    room.retakeSeat('bob');
    room.join('bob');
    expect(ann.take()).toMatchObject([{ type: 'LEAVE', src: 'bob' }]);
  });

  it('is no new one where it only reconnects', () => {
    const { room, ann } = made();
    seated(room, 'bob').disconnects();
    room.join('bob');
    expect(ann.take()).toEqual([]);
  });

  it('has the name that the page before gave itself, however that one ended', () => {
    const { room, ann } = made();
    const named = (peer: FakePeer, name: string) =>
      peer.says({ type: 'ROOM', payload: { set: { name } } });
    const nameOf = (id: string) => room.view?.peers.find((peer) => peer.id === id)?.name;
    room.takeSeat('bob', { name: 'Bob' });
    let bob = room.join('bob');
    for (const [name, end] of [
      ['closed', () => bob.disconnects(1001)],
      ['left', () => bob.disconnects(1000)],
      ['lost', () => bob.disconnects(1006)],
      ['lost for long', () => [bob.disconnects(1006), room.pass(RESERVED_MS)]],
      ['still open', () => {}],
    ] as const) {
      named(bob, name);
      end();
      room.hibernate(bob.record === undefined ? [ann] : [ann, bob]);
      room.retakeSeat('bob');
      bob = room.join('bob');
      expect(nameOf('bob')).toBe(name);
      room.pass(60_000);
      ann.lastHeartbeatAt = room.now;
    }
    room.retakeSeat('bob', { name: 'Another' });
    bob = room.join('bob');
    expect(nameOf('bob')).toBe('Another');
  });

  it('has its place in the order and its name, and not the role of the host', () => {
    const { room, ann } = made();
    const bob = seated(room, 'bob');
    ann.says({ type: 'ROOM', payload: { set: { name: 'Ann' } } });
    room.retakeSeat('ann');
    room.join('ann');
    bob.says({ type: 'ROOM' });
    expect(bob.take().at(-1)).toMatchObject({
      payload: { host: 'bob', peers: [{ id: 'ann', seq: 1, name: 'Ann' }, { id: 'bob' }] },
    });
  });
});

describe('the host', () => {
  it('is the player who made the room, though others connect before', () => {
    const room = new TestRoom();
    room.make('ann');
    const bob = seated(room, 'bob');
    expect(room.view?.host).toBe('ann');
    room.join('ann');
    bob.says({ type: 'ROOM' });
    expect(bob.take().at(-1)).toMatchObject({ payload: { host: 'ann' } });
  });

  it('is another player where the one who made the room has not come in time', () => {
    const room = new TestRoom();
    room.make('ann');
    const bob = seated(room, 'bob');
    bob.says({ type: 'ROOM' });
    expect(bob.take()).toMatchObject([{ payload: { host: 'ann' } }]);
    room.pass(RESERVED_MS);
    expect(bob.take()).toMatchObject([{ payload: { host: 'bob' } }]);
    room.takeSeat('cid');
    room.join('cid');
    expect(room.view?.host).toBe('bob');
  });

  it('alone may change the room, and says so by its token', () => {
    const { room } = made();
    seated(room, 'bob');
    expect(refusal(room.change('bob', { locked: true }))).toBe('not-the-host');
    expect(refusal(room.change('nobody', { locked: true }))).toBe('invalid-token');
    expect(room.change('ann', { locked: true })).toMatchObject({ value: { locked: true } });
  });

  it('and its term outlive the memory, and a time when nobody is there', () => {
    const { room, ann } = made();
    const bob = seated(room, 'bob');
    room.hibernate([ann, bob]);
    expect(room.view).toMatchObject({ host: 'ann' });
    const term = room.view?.term ?? 0;
    ann.disconnects(1001);
    bob.disconnects(1001);
    expect(room.view?.host).toBeNull();
    room.hibernate([]);
    room.now -= 5000;
    room.retakeSeat('bob');
    room.join('bob');
    expect(room.view?.host).toBe('bob');
    expect(room.view?.term).toBeGreaterThan(term);
  });

  it('keeps its role when a deploy ends all sockets without a word, whoever comes back first', () => {
    const { room } = made();
    seated(room, 'bob');
    const term = room.view?.term;
    room.hibernate([]);
    const bob = room.join('bob');
    bob.says({ type: 'ROOM' });
    expect(bob.take().at(-1)).toMatchObject({ payload: { host: 'ann', term } });
    room.pass(RESERVED_MS - 1000);
    room.join('ann');
    room.pass(RESERVED_MS);
    expect(room.view).toMatchObject({ host: 'ann', term });
  });

  it('has its seat after a deploy, whoever asks for one first', () => {
    const { room } = made({ size: 2 });
    room.takeSeat('bob');
    room.hibernate([]);
    expect(refusal(room.takeSeat('cid'))).toBe('room-full');
    room.join('ann');
    room.join('bob');
    expect(room.size).toBe(2);
  });

  it('is another one where it does not come back after a deploy', () => {
    const { room } = made();
    seated(room, 'bob');
    room.hibernate([]);
    const bob = room.join('bob');
    bob.says({ type: 'ROOM' });
    bob.take();
    room.pass(RESERVED_MS);
    expect(bob.take()).toMatchObject([{ payload: { host: 'bob' } }]);
  });

  it('changes the state part by part, up to a bound', () => {
    const { room, ann } = made();
    room.change('ann', { state: { map: 'moon', round: 1 } });
    ann.says({ type: 'ROOM', payload: { state: { map: null, score: [1, 2] } } });
    expect(room.view?.state).toEqual({ round: 1, score: [1, 2] });
    const tooMuch = { state: { a: 'x'.repeat(4000) } };
    expect(refusal(room.change('ann', { ...tooMuch, locked: true }))).toBeUndefined();
    expect(refusal(room.change('ann', { state: { b: 'x'.repeat(200) }, locked: false }))).toBe(
      'invalid-request',
    );
    expect(room.view).toMatchObject({ locked: true, state: { round: 1 } });
    expect(room.view?.state).not.toHaveProperty('b');
  });
});

describe('a kicked player', () => {
  it('is told so, the others too, and does not come back with its token', () => {
    const { room, ann } = made();
    const bob = seated(room, 'bob');
    room.change('ann', { kick: 'bob' });
    expect(bob.take()).toMatchObject([{ type: 'ERROR', payload: { type: 'kicked' } }]);
    expect(bob.closed).toMatchObject({ code: 1008 });
    expect(ann.take()).toMatchObject([{ type: 'LEAVE', src: 'bob' }]);
    room.hibernate([ann]);
    expect(room.refusalFor('bob')).toBe('kicked');
    expect(room.retakeSeat('bob')).toMatchObject({ value: { id: 'not bob', rejoined: false } });
    expect(room.refusalFor('bob')).toBe('kicked');
  });

  it('is out for the others too where they are not told of pages that are gone', () => {
    const room = new TestRoom({ gracePeriod: 0, tellsWhoLeft: false });
    room.make('ann');
    const ann = room.join('ann');
    seated(room, 'bob');
    ann.take();
    room.change('ann', { kick: 'bob' });
    expect(ann.take()).toMatchObject([{ type: 'LEAVE', src: 'bob' }]);
  });

  it('before it has connected does not come', () => {
    const { room } = made();
    room.takeSeat('bob');
    room.change('ann', { kick: 'bob' });
    expect(room.refusalFor('bob')).toBe('kicked');
    expect(room.view?.taken).toBe(1);
  });

  it('comes back with a signed token, once it has a seat again', () => {
    const { room } = made();
    room.takeSeat('bob', { tokenHash: undefined });
    room.join('bob', 'signed', true);
    room.change('ann', { kick: 'bob' });
    expect(room.refusalFor('bob', 'signed', true)).toBe('kicked');
    expect(room.takeSeat('bob', { tokenHash: undefined })).toMatchObject({
      value: { rejoined: false },
    });
    expect(room.refusalFor('bob', 'signed', true)).toBeUndefined();
  });

  it('and banned gets no seat with its token, its id or its address', () => {
    const { room, ann } = made();
    room.takeSeat('bob', { addressHash: 'of the school' });
    room.takeSeat('cid', { addressHash: 'of the school' });
    ann.says({ type: 'ROOM', payload: { ban: 'bob' } });
    room.pass(1000);
    room.hibernate([ann]);
    expect(refusal(room.retakeSeat('bob'))).toBe('banned');
    expect(refusal(room.takeSeat('bob', { tokenHash: undefined }))).toBe('banned');
    expect(refusal(room.takeSeat('dan', { addressHash: 'of the school' }))).toBe('banned');
    expect(refusal(room.takeSeat('dan'))).toBeUndefined();
    // A player who has a seat keeps it.
    expect(refusal(room.retakeSeat('cid', { addressHash: 'of the school' }))).toBeUndefined();
  });

  it('and banned stays out, however many are banned after it', () => {
    const { room, ann } = made();
    for (let n = 1; n <= 80; n += 1) {
      room.takeSeat(`p${n}`, { addressHash: `of p${n}` });
      ann.says({ type: 'ROOM', payload: { ban: `p${n}` } });
      room.pass(1000);
    }
    for (const id of ['p1', 'p80']) {
      expect(refusal(room.retakeSeat(id))).toBe('banned');
      expect(refusal(room.takeSeat('dan', { addressHash: `of ${id}` }))).toBe('banned');
    }
  });

  it.each(['kick', 'ban', 'host'])('must be there: to %s nobody changes nothing', (what) => {
    const { room } = made();
    expect(refusal(room.change('ann', { [what]: 'nobody', locked: true }))).toBe('no-such-peer');
    expect(room.view?.locked).toBe(false);
  });
});

describe('a managed room', () => {
  it.each([
    ['and its host is told', true],
    ['also where nobody asked to be told', false],
  ])(
    'that its host changes with each frame is kept and listed ten times a second, %s',
    (_, isTold) => {
      const { room, ann } = made({ isPublic: true });
      room.pass(1000);
      if (isTold) ann.says({ type: 'ROOM' });
      const { timesRecordWasPersisted: persisted, listings } = room;
      const listed = listings.length;
      ann.take();
      for (let tick = 1; tick <= 100; tick += 1) {
        room.pass(10);
        const payload = { rid: tick, state: { tick }, meta: { tick } };
        ann.says({ type: 'ROOM', payload });
        // What it is told that it is granted has been kept.
        for (const told of ann.take()) {
          const { rid, state } = told.payload as { rid: number; state: object };
          expect(state).toEqual({ tick: rid });
          expect(room.record?.state).toEqual(state);
        }
      }
      room.pass(1000);
      expect(room.record).toMatchObject({ state: { tick: 100 }, meta: { tick: 100 } });
      expect(room.timesRecordWasPersisted - persisted).toBeLessThanOrEqual(11);
      expect(listings.length - listed).toBeLessThanOrEqual(11);
      expect(room.nextDeadline).toBeUndefined();
    },
  );

  it('is kept before a request by HTTP is answered', () => {
    const { room, ann } = made();
    ann.says({ type: 'ROOM', payload: { state: { round: 1 } } });
    room.change('ann', { state: { map: 'moon' } });
    expect(room.record?.state).toEqual({ round: 1, map: 'moon' });
  });

  it('ends after a minute in which nobody was connected', () => {
    const room = new TestRoom();
    room.make('ann');
    expect(room.nextAlarm).toBe(room.now + EMPTY_MS);
    room.pass(EMPTY_MS - 1);
    expect(room.view).toBeDefined();
    room.pass(1);
    expect(room.view).toBeUndefined();
    expect(room.record).toBeUndefined();
    expect(room.refusalFor('anybody')).toBeUndefined();
  });

  it('lives on while somebody is connected, and for a minute afterwards', () => {
    const { room, ann } = made();
    room.pass(600_000);
    expect(room.view).toBeDefined();
    ann.disconnects(1001);
    room.hibernate([]);
    room.pass(EMPTY_MS - 1);
    expect(room.view).toBeDefined();
    room.pass(1);
    expect(room.view).toBeUndefined();
  });

  it('lives on for a player who was just given a seat', () => {
    const room = new TestRoom();
    room.make('ann');
    room.pass(EMPTY_MS - 1);
    room.takeSeat('bob');
    room.pass(RESERVED_MS - 1);
    expect(room.refusalFor('bob')).toBeUndefined();
  });

  it('persists nothing, has no timer and no alarm while players wait and talk', () => {
    const { room, ann } = made({ isPublic: true });
    const bob = seated(room, 'bob');
    const { timesRecordWasPersisted } = room;
    const listed = room.listings.length;
    for (let minute = 0; minute < 60; minute += 1) {
      room.now += 60_000;
      for (const peer of [ann, bob]) {
        peer.lastHeartbeatAt = room.now;
        peer.says({ type: 'OFFER', dst: 'ann', payload: {} });
      }
    }
    expect([room.nextDeadline, room.nextAlarm]).toEqual([undefined, undefined]);
    expect(room.timesRecordWasPersisted).toBe(timesRecordWasPersisted);
    expect(room.listings).toHaveLength(listed);
  });

  it('waits for an hour without anything to do, and so do a thousand of them', () => {
    for (let n = 0; n < 1000; n += 1) {
      const { room, ann } = made({ isPublic: n % 2 === 0 });
      const persisted = room.timesRecordWasPersisted;
      ann.lastHeartbeatAt = room.now + 3_600_000;
      room.pass(3_600_000);
      expect([room.nextDeadline, room.nextAlarm]).toEqual([undefined, undefined]);
      expect(room.timesRecordWasPersisted).toBe(persisted);
      expect(room.view?.taken).toBe(1);
    }
  });

  it('of a match begins when all are connected, and then nobody new comes in', () => {
    const { room, ann } = made({ size: 2, matchMode: 'duel' });
    ann.says({ type: 'ROOM' });
    ann.take();
    room.takeSeat('bob');
    expect(room.view?.started).toBe(false);
    room.pass(200);
    room.join('bob');
    expect(ann.take()).toMatchObject([{ payload: { started: true, locked: true } }]);
    expect(refusal(room.takeSeat('cid'))).toBe('room-locked');
  });
});

describe('strangers', () => {
  it('are told of a public room whenever what they may know has changed', () => {
    const { room } = made({ isPublic: true, meta: { mode: 'duel' } });
    expect(room.listings.at(-1)).toEqual({
      ...{ game: 'pong', code: 'kumora', size: 4, isPublic: true, matchMode: undefined },
      ...{ locked: false, hasPassword: false, meta: { mode: 'duel' }, hostName: '' },
      ...{ inUse: 1, reservedUntil: [], createdAt: room.now, isOver: false },
    });
    room.takeSeat('bob');
    expect(room.listings.at(-1)).toMatchObject({ reservedUntil: [room.now + RESERVED_MS] });
    room.change('ann', { locked: true });
    expect(room.listings.at(-1)).toMatchObject({ locked: true });
    const told = room.listings.length;
    room.change('ann', { state: { round: 2 } });
    expect(room.listings).toHaveLength(told);
  });

  it('are told when a room is public no more, and when it is over', () => {
    const { room, ann } = made({ isPublic: true });
    room.change('ann', { public: false });
    expect(room.listings.at(-1)).toMatchObject({ isPublic: false });
    const told = room.listings.length;
    room.takeSeat('bob');
    expect(room.listings).toHaveLength(told);
    room.change('ann', { public: true });
    ann.disconnects(1001);
    room.pass(EMPTY_MS);
    expect(room.listings.at(-1)).toMatchObject({ isOver: true });
  });

  it('are told nothing of a private room but its end, when its code is free again', () => {
    const { room, ann } = made();
    const bob = seated(room, 'bob');
    ann.disconnects(1001);
    bob.disconnects(1001);
    expect(room.listings).toEqual([]);
    room.pass(EMPTY_MS);
    expect(room.listings).toMatchObject([{ isOver: true, isPublic: false }]);
  });

  it('are told nothing of who comes and goes in a locked room', () => {
    const { room } = made({ isPublic: true });
    const bob = seated(room, 'bob');
    room.change('ann', { locked: true });
    const told = room.listings.length;
    bob.disconnects(1001);
    expect(room.listings).toHaveLength(told);
    room.change('ann', { locked: false });
    expect(room.listings.at(-1)).toMatchObject({ locked: false, inUse: 1 });
  });

  it('are told that a room is public no more, though it has slept meanwhile', () => {
    const { room, ann } = made({ isPublic: true });
    room.hibernate([ann]);
    room.change('ann', { public: false });
    expect(room.listings.at(-1)).toMatchObject({ isPublic: false });
    const told = room.listings.length;
    room.hibernate([ann]);
    room.takeSeat('bob');
    expect(room.listings).toHaveLength(told);
  });
});

describe('a restart of the process', () => {
  it('leaves all who were there their seats for a grace period, however long it took', () => {
    const { room } = made({ size: 2 });
    room.takeSeat('bob');
    room.join('bob').says({ type: 'ROOM', payload: { set: { name: 'Bob', ready: true } } });
    room.change('ann', { state: { round: 2 }, locked: true });
    const before = room.view;
    room.restart(HOUR_MS);
    expect(room.view).toEqual({ ...before, term: room.now });
    expect(refusal(room.takeSeat('cid'))).toBe('room-locked');
    const bob = room.join('bob');
    bob.says({ type: 'ROOM' });
    expect(bob.take().at(-1)?.payload).toMatchObject({
      host: 'ann',
      state: { round: 2 },
      peers: [
        { id: 'ann', away: true },
        { id: 'bob', name: 'Bob', ready: true, away: false },
      ],
    });
    room.pass(GRACE_MS);
    expect(bob.take()).toContainEqual({ type: 'LEAVE', src: 'ann' });
    expect(room.view).toMatchObject({ host: 'bob', taken: 1 });
  });

  it('leaves a room that nobody comes back to as long as an empty one', () => {
    const { room } = made();
    room.restart(HOUR_MS);
    room.pass(GRACE_MS);
    expect(room.view).toMatchObject({ taken: 0 });
    room.pass(EMPTY_MS);
    expect(room.view).toBeUndefined();
  });

  it('ends a room that nobody made', () => {
    const room = new TestRoom();
    room.join('ann');
    room.restart(0);
    expect(room.size).toBe(0);
  });
});
