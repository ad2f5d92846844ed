import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

const ROOM = { type: 'ROOM' };

/** What a member was last told of the room. */
interface Told {
  readonly v: number;
  readonly you: string;
  readonly host: string | null;
  readonly term: number;
  readonly size: number;
  readonly peers: readonly {
    id: string;
    seq: number;
    name: string;
    ready: boolean;
    away: boolean;
    data: object;
  }[];
}

function toldOf(peer: FakePeer): Told[] {
  return peer
    .take()
    .filter(({ type }) => type === 'ROOM')
    .map(({ payload }) => payload as Told);
}

function lastTold(peer: FakePeer): Told {
  const last = toldOf(peer).at(-1);
  if (last === undefined) throw new Error(`${peer.id} was told nothing`);
  return last;
}

/** A room in which every member asked to be told. */
function watchedRoom(...ids: string[]) {
  const room = new TestRoom({ maxMessageBytes: 1_048_576 });
  const peers = room.joinAll(...ids);
  for (const peer of peers) peer.says(ROOM);
  room.pass(1000);
  for (const peer of peers) peer.take();
  return { room, peers: peers as [FakePeer, FakePeer, FakePeer] };
}

describe('a member that asks', () => {
  it('is told no older version after the room has slept', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload: { set: { ready: true } } });
    room.pass(1000);
    const before = lastTold(ann).v;
    room.hibernate([ann, bob]);
    ann.says(ROOM);
    expect(lastTold(ann).v).toBeGreaterThanOrEqual(before);
  });

  it('is told the whole room at once', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says(ROOM);
    expect(ann.take()).toEqual([
      {
        type: 'ROOM',
        payload: {
          v: expect.any(Number),
          you: 'ann',
          host: 'ann',
          term: expect.any(Number),
          size: 4,
          peers: [
            { id: 'ann', seq: 1, name: '', ready: false, away: false, data: {} },
            { id: 'bob', seq: 2, name: '', ready: false, away: false, data: {} },
          ],
        },
      },
    ]);
    expect(bob.take()).toEqual([]);
  });

  it('is told of every change from then on, and who never asked is not', () => {
    const room = new TestRoom();
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says(ROOM);
    ann.take();
    room.pass(1000);
    room.join('cid');
    expect(lastTold(ann).peers.map(({ id }) => id)).toEqual(['ann', 'bob', 'cid']);
    expect(toldOf(bob)).toEqual([]);
  });

  it('is not told the same twice, where the room changed a moment before it asked', () => {
    const room = new TestRoom();
    const [ann] = room.joinAll('ann') as [FakePeer];
    room.pass(10);
    room.join('bob');
    ann.says(ROOM);
    expect(toldOf(ann).length).toBe(1);
    room.pass(1000);
    expect(toldOf(ann)).toEqual([]);
  });

  it('is told at most ten times a second, and of the last change in any case', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    for (let count = 1; count <= 100; count += 1) {
      bob.says({ type: 'ROOM', payload: { set: { data: { count } } } });
      room.pass(10);
    }
    room.pass(1000);
    const told = toldOf(ann);
    expect(told.length).toBeGreaterThanOrEqual(9);
    expect(told.length).toBeLessThanOrEqual(11);
    expect(told.at(-1)?.peers[1]?.data).toEqual({ count: 100 });
    expect(room.nextDeadline).toBeUndefined();
  });

  it('finds that v only grows, over a hibernation too', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload: { set: { ready: true } } });
    const before = lastTold(ann).v;
    room.pass(60_000);
    room.hibernate(peers);
    bob.says({ type: 'ROOM', payload: { set: { ready: false } } });
    expect(lastTold(ann).v).toBeGreaterThan(before);
  });

  it('is told after a hibernation as before it', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload: { set: { name: 'Bob', ready: true, data: { hat: 1 } } } });
    const { v: _, ...before } = lastTold(ann);
    room.hibernate([bob, ann]);
    room.pass(1000);
    ann.says(ROOM);
    expect(lastTold(ann)).toMatchObject(before);
  });

  it('is not told where there are no members, in a realm', () => {
    const room = new TestRoom(REALM);
    const [ann] = room.joinAll('ann', 'bob') as [FakePeer];
    ann.says(ROOM);
    expect(ann.take()).toEqual([]);
  });
});

describe('what a member says of itself', () => {
  it('is told to the others', () => {
    const { peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload: { set: { name: '  Bob ', ready: true } } });
    expect(lastTold(ann).peers[1]).toMatchObject({ id: 'bob', name: 'Bob', ready: true });
  });

  it('is kept over a reconnect and over a reload', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload: { set: { name: 'Bob', ready: true } } });
    bob.disconnects();
    room.pass(1000);
    expect(lastTold(ann).peers[1]).toMatchObject({ name: 'Bob', away: true });
    const again = room.join('bob');
    room.pass(1000);
    expect(lastTold(ann).peers[1]).toMatchObject({ name: 'Bob', ready: true, away: false, seq: 2 });
    again.disconnects();
    room.pass(1000);
    room.join('bob', 'another token');
    room.pass(1000);
    expect(lastTold(ann).peers[1]).toMatchObject({ name: 'Bob', ready: false, seq: 2 });
  });

  it.each([
    [
      { set: { name: 'x'.repeat(41) } },
      'set.name must have 1 to 40 characters, all of them visible.',
    ],
    [{ set: { name: 'a\u202eb' } }, 'set.name must have 1 to 40 characters, all of them visible.'],
    [{ set: { name: 7 } }, 'set.name must be a text.'],
    [{ set: { ready: 'yes' } }, 'set.ready must be true or false.'],
    [{ set: { data: { text: 'x'.repeat(600) } } }, 'set.data must have at most 512 bytes as JSON.'],
    [{ set: { data: [] } }, 'set.data must be an object.'],
    [{ set: { colour: 'red' } }, 'set.colour is no field of a request.'],
    [{ shout: true }, 'shout is no field of a request.'],
    [{ suspect: '' }, 'suspect must be the id of a peer.'],
    [7, 'The payload must be an object.'],
    [[], 'The payload must be an object.'],
  ])('is refused where it is wrong: %j', (payload, msg) => {
    const { peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    bob.says({ type: 'ROOM', payload });
    expect(bob.take()).toEqual([
      { type: 'ROOM', payload: { error: { type: 'invalid-request', msg } } },
    ]);
    expect(ann.take()).toEqual([]);
    expect(bob.closed).toBeUndefined();
  });

  it('is answered with its rid where it is refused', () => {
    const { peers } = watchedRoom('ann', 'bob');
    const [, bob] = peers;
    bob.says({ type: 'ROOM', payload: { rid: 'r1', kick: 'ann' } });
    expect(bob.take()).toEqual([
      {
        type: 'ROOM',
        payload: {
          rid: 'r1',
          error: { type: 'not-the-host', msg: 'Only the host of the room may do this' },
        },
      },
    ]);
  });

  it.each([
    ['an object', { a: 1 }],
    ['too long', 'x'.repeat(65)],
    ['no number that JSON has', '1e999'],
    ['nested so deeply that it cannot be written', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('whose rid is %s is refused, and all are told of the next change', (_, rid) => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    const isRaw = typeof rid === 'string' && rid[0] !== 'x';
    const text = isRaw ? rid : JSON.stringify(rid);
    bob.says(`{"type":"ROOM","payload":{"rid":${text},"set":{"name":"Bob"}}}`);
    const msg = 'rid must be a number, or a text of at most 64 characters.';
    expect(bob.take()).toEqual([
      { type: 'ROOM', payload: { error: { type: 'invalid-request', msg } } },
    ]);
    bob.says({ type: 'ROOM', payload: { set: { name: 'Bob' } } });
    room.pass(1000);
    for (const peer of [ann, cid]) expect(lastTold(peer).peers[1]).toMatchObject({ name: 'Bob' });
  });

  it('that is granted is answered by the room with its rid, or with that of a later one', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [, bob] = peers;
    const ask = (rid: number, request: object) =>
      bob.says({ type: 'ROOM', payload: { rid, ...request } });
    ask(1, { set: { name: 'B' } });
    ask(2, { set: { name: 'Bo' } });
    ask(3, { kick: 'ann' });
    ask(4, { set: { name: 'Bob' } });
    room.pass(1000);
    expect(bob.take().map(({ payload }) => payload)).toMatchObject([
      { rid: 1, peers: [{}, { name: 'B' }] },
      { rid: 3, error: { type: 'not-the-host' } },
      { rid: 4, peers: [{}, { name: 'Bob' }] },
    ]);
  });
});

describe('the host', () => {
  it('is the first who came, and then who came first of the others', () => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    ann.disconnects(1001);
    expect(lastTold(cid)).toMatchObject({ host: 'bob' });
    room.pass(1000);
    bob.disconnects(1000);
    expect(lastTold(cid)).toMatchObject({ host: 'cid' });
  });

  it('stays while its socket is lost: it may well be playing on', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    ann.disconnects();
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
    room.pass(29_999);
    expect(toldOf(bob)).toEqual([]);
    room.pass(1);
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
  });

  it('has its role still when it reconnects, and not when it reloads', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    ann.disconnects();
    const again = room.join('ann');
    room.pass(1000);
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
    again.disconnects();
    room.join('ann', 'another token');
    room.pass(1000);
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
  });

  it('does not take the role back by coming back', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    ann.disconnects(1001);
    room.pass(1000);
    room.join('ann');
    room.pass(1000);
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
  });

  it('yields to the next one, and stays where there is nobody', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    ann.says({ type: 'ROOM', payload: { yield: true } });
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
    ann.disconnects(1001);
    room.pass(1000);
    bob.take();
    bob.says({ type: 'ROOM', payload: { yield: true } });
    expect(bob.take()).toMatchObject([{ payload: { error: { type: 'no-other-peer' } } }]);
  });

  it('hands the role over to whom it names', () => {
    const { peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob] = peers;
    ann.says({ type: 'ROOM', payload: { host: 'cid' } });
    expect(lastTold(bob)).toMatchObject({ host: 'cid' });
    ann.says({ type: 'ROOM', payload: { host: 'ann' } });
    expect(ann.take().at(-1)).toMatchObject({ payload: { error: { type: 'not-the-host' } } });
  });

  it('hands the role over to nobody whose socket is lost, and is told so', () => {
    const { peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    cid.disconnects();
    ann.says({ type: 'ROOM', payload: { host: 'cid' } });
    expect(ann.take().at(-1)).toMatchObject({ payload: { error: { type: 'no-such-peer' } } });
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
  });

  it('is the same after a hibernation, and its term', () => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    ann.says({ type: 'ROOM', payload: { host: 'cid' } });
    room.pass(20_000);
    room.hibernate([cid, bob, ann]);
    bob.says(ROOM);
    expect(lastTold(bob)).toMatchObject({ host: 'cid' });
    cid.disconnects(1001);
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
  });
});

describe('a member of whom another one complains', () => {
  it('keeps its role while it sends heartbeats', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    room.pass(20_000);
    ann.lastHeartbeatAt = room.now - 5000;
    bob.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
  });

  it('loses its role if it was not heard for 11 seconds, and is shown as away', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    room.pass(20_000);
    ann.lastHeartbeatAt = room.now - 11_001;
    bob.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    expect(lastTold(bob)).toMatchObject({
      host: 'bob',
      peers: [{ id: 'ann', away: true }, { id: 'bob' }],
    });
    room.pass(1000);
    ann.says(ROOM);
    expect(lastTold(bob)).toMatchObject({ host: 'bob', peers: [{ away: false }, {}] });
  });

  it('loses its role if two of them complain, whatever it sends', () => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    ann.lastHeartbeatAt = room.now;
    bob.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    bob.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    expect(lastTold(bob)).toMatchObject({ host: 'ann' });
    room.pass(1000);
    ann.lastHeartbeatAt = room.now;
    cid.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
  });

  it.each([
    ['the other complained more than 15 s ago', 'bob', 15_001],
    ['one of them is itself', 'ann', 1000],
  ] as const)('keeps its role if two of them complain and %s', (_, first, pause) => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    const complain = { type: 'ROOM', payload: { suspect: 'ann' } };
    (first === 'ann' ? ann : bob).says(complain);
    room.pass(pause);
    ann.lastHeartbeatAt = room.now;
    cid.says(complain);
    expect(lastTold(bob)).toMatchObject({ host: 'ann', peers: [{ away: false }, {}, {}] });
  });

  it('loses its role at once if its socket is lost', () => {
    const { room, peers } = watchedRoom('ann', 'bob');
    const [ann, bob] = peers;
    ann.disconnects();
    room.pass(1000);
    bob.says({ type: 'ROOM', payload: { suspect: 'ann' } });
    expect(lastTold(bob)).toMatchObject({ host: 'bob' });
  });
});

describe('a member that the host kicks', () => {
  it('is told so and closed, the others get LEAVE, and its token does not come back', () => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    ann.says({ type: 'ROOM', payload: { kick: 'bob' } });
    expect(bob.take().at(-1)).toMatchObject({ type: 'ERROR', payload: { type: 'kicked' } });
    expect(bob.closed).toEqual({ code: 1008, reason: 'kicked' });
    expect(cid.take()).toContainEqual({ type: 'LEAVE', src: 'bob' });
    expect(room.refusalFor('bob')).toBe('kicked');
    expect(room.refusalFor('bob', 'another token')).toBeUndefined();
  });

  it('goes from its grace period too', () => {
    const { room, peers } = watchedRoom('ann', 'bob', 'cid');
    const [ann, bob, cid] = peers;
    bob.disconnects();
    ann.says({ type: 'ROOM', payload: { kick: 'bob' } });
    expect(cid.take()).toContainEqual({ type: 'LEAVE', src: 'bob' });
    expect(room.refusalFor('bob')).toBe('kicked');
  });

  it('has to be there', () => {
    const { peers } = watchedRoom('ann', 'bob');
    const [ann] = peers;
    ann.says({ type: 'ROOM', payload: { kick: 'nobody' } });
    expect(ann.take()).toMatchObject([{ payload: { error: { type: 'no-such-peer' } } }]);
  });
});
