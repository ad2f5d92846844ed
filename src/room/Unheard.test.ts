import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';
import { Unheard } from './Unheard.ts';

const OPEN = { type: 'OPEN' };
const OFFER = { type: 'OFFER', src: 'bob', dst: 'ann' };
const CANDIDATE = { type: 'CANDIDATE', src: 'bob', dst: 'ann' };

/** Bob calls ann, whose socket is dead though nobody knows it. */
function callIntoDeadSocket(room: TestRoom): [ann: FakePeer, bob: FakePeer] {
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  room.pass(1000);
  bob.says({ type: 'OFFER', dst: 'ann' });
  bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 1 });
  return [ann, bob];
}

describe.each([
  ['room', {}],
  ['realm', REALM],
] as const)('in a %s, what was sent into a dead socket', (_, policy) => {
  it('is delivered when the peer takes over from it', () => {
    const room = new TestRoom(policy);
    const [, bob] = callIntoDeadSocket(room);
    room.pass(300);
    expect(room.join('ann').take()).toEqual([OPEN, OFFER, { ...CANDIDATE, payload: 1 }]);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('is delivered when the peer comes back after its end was noticed', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    ann.disconnects();
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 2 });
    room.pass(300);
    expect(room.join('ann').take()).toEqual([
      OPEN,
      OFFER,
      { ...CANDIDATE, payload: 1 },
      { ...CANDIDATE, payload: 2 },
    ]);
    room.pass(60_000);
    expect(bob.take()).toEqual([]);
  });

  it('makes its sender hear EXPIRE if the peer does not come back', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    ann.disconnects();
    room.pass(5000);
    expect(bob.take()).toEqual([{ type: 'EXPIRE', src: 'ann', dst: 'bob' }]);
  });

  it('is not delivered again if the peer was heard after it', () => {
    const room = new TestRoom(policy);
    const [ann] = callIntoDeadSocket(room);
    ann.says({ type: 'ANSWER', dst: 'bob' });
    expect(room.join('ann').take()).toEqual([OPEN]);
  });

  it('is not delivered again if the peer has sent a heartbeat after it', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    room.pass(1000);
    ann.lastHeartbeatAt = room.now;
    room.pass(1000);
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 2 });
    ann.disconnects();
    expect(room.join('ann').take()).toEqual([OPEN, { ...CANDIDATE, payload: 2 }]);
  });

  it('brings no EXPIRE for a candidate whose offer was heard: the connection is most likely made', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    ann.says({ type: 'HEARTBEAT' });
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 2 });
    ann.disconnects();
    room.pass(60_000);
    expect(bob.take().filter(({ type }) => type === 'EXPIRE')).toEqual([]);
  });

  it('comes before what the socket did not even take', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    ann.isBroken = true;
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 2 });
    ann.disconnects();
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 3 });
    expect(room.join('ann').take()).toEqual([
      OPEN,
      OFFER,
      ...[1, 2, 3].map((payload) => ({ ...CANDIDATE, payload })),
    ]);
  });

  it('is delivered at last, in order, if the next socket is dead too', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = callIntoDeadSocket(room);
    ann.isBroken = true;
    bob.says({ type: 'CANDIDATE', dst: 'ann', payload: 2 });
    const broken = room.join('ann', undefined, false, { isBroken: true });
    broken.disconnects();
    expect(room.join('ann').take()).toEqual([
      OPEN,
      OFFER,
      ...[1, 2].map((payload) => ({ ...CANDIDATE, payload })),
    ]);
  });

  it.each([1000, 1001, 1005])('is not kept for a peer that went of itself: %i', (code) => {
    const room = new TestRoom(policy);
    const [ann] = callIntoDeadSocket(room);
    ann.disconnects(code);
    expect(room.join('ann').take()).toEqual([OPEN]);
  });
});

it('is not delivered to the next owner of the id, which is another page', () => {
  const room = new TestRoom();
  const [, bob] = callIntoDeadSocket(room);
  expect(room.join('ann', 'signed for ann', true).take()).toEqual([OPEN]);
  expect(bob.take()).toEqual([{ type: 'LEAVE', src: 'ann' }]);
});

it('does not bring OPEN a second time', () => {
  const room = new TestRoom();
  room.join('ann').disconnects();
  expect(room.join('ann').take()).toEqual([OPEN]);
  room.join('bob');
  expect(room.join('bob').take()).toEqual([OPEN]);
});

it('brings a LEAVE again that went into a dead socket', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  bob.disconnects(1001);
  ann.disconnects();
  room.pass(20_000);
  expect(room.join('ann').take()).toEqual([OPEN, { type: 'LEAVE', src: 'bob' }]);
});

describe('very many frames into a dead socket', () => {
  const callers = Array.from({ length: 20 }, (_, n) => `caller ${n}`);

  function callMuch(): [TestRoom, FakePeer, FakePeer[]] {
    const room = new TestRoom({ ...REALM, capacity: 100 });
    const [host, ...peers] = room.joinAll('host', ...callers) as [FakePeer, ...FakePeer[]];
    room.pass(1000);
    for (const peer of peers) {
      peer.says({ type: 'OFFER', dst: 'host' });
      for (let n = 0; n < 7; n += 1) peer.says({ type: 'CANDIDATE', dst: 'host' });
    }
    return [room, host, peers];
  }

  it.each([
    ['after its end was noticed', true],
    ['as the peer takes over', false],
  ])(
    'are delivered as far as they are kept, and the others are told EXPIRE, %s',
    (_, isNoticed) => {
      const [room, host, peers] = callMuch();
      if (isNoticed) host.disconnects();
      const offers = room
        .join('host')
        .take()
        .filter(({ type }) => type === 'OFFER')
        .map(({ src }) => src);
      const told = peers.filter((peer) => peer.take().some(({ type }) => type === 'EXPIRE'));
      expect(offers).toHaveLength(8);
      expect([...told.map(({ id }) => id), ...offers]).toEqual(callers);
    },
  );

  it('make nobody hear EXPIRE whom the peer has heard', () => {
    const [room, host, peers] = callMuch();
    room.pass(1000);
    host.lastHeartbeatAt = room.now;
    host.disconnects();
    room.join('host');
    const again = callMuch();
    again[1].says({ type: 'HEARTBEAT' });
    again[1].disconnects();
    for (const peer of [...peers, ...again[2]]) expect(peer.take()).toEqual([]);
  });
});

describe('the frames that are kept for a peer', () => {
  const message = (frame: string, since: number, awaiting = 'bob') =>
    ({ type: 'OFFER', dst: 'ann', awaiting, frame, since }) as const;

  it('are counted, with the time of the first, until it is heard', () => {
    const inAll = { characters: 100 };
    const unheard = new Unheard(inAll);
    unheard.add(message('1', 1000));
    unheard.add(message('22', 2000));
    unheard.add(message('333', 3000));
    expect({ characters: unheard.characters, since: unheard.since }).toEqual({
      characters: 6,
      since: 1000,
    });
    expect(inAll.characters).toBe(106);
    unheard.heard(2000);
    expect({ characters: unheard.characters, since: unheard.since }).toEqual({
      characters: 5,
      since: 2000,
    });
    expect(unheard.messages.map(({ frame }) => frame)).toEqual(['22', '333']);
    expect(inAll.characters).toBe(105);
    unheard.heardNow();
    expect(inAll.characters).toBe(100);
    unheard.heardNow();
    unheard.heard(9000);
    expect(inAll.characters).toBe(100);
    unheard.add(message('1', 5000));
    expect(unheard.since).toBe(5000);
  });

  it('are the last 64, and the characters of the others count on', () => {
    const unheard = new Unheard({ characters: 0 });
    for (let n = 0; n < 100; n += 1) unheard.add(message(String(n).padStart(2, '0'), n));
    expect(unheard.messages).toHaveLength(64);
    expect(unheard.messages[0]?.frame).toBe('36');
    expect(unheard.characters).toBe(200);
  });

  it('name no more than 256 callers whose offers are not kept', () => {
    const unheard = new Unheard({ characters: 0 });
    for (let n = 0; n < 1000; n += 1) unheard.add(message('1', n, `caller ${n}`));
    expect(unheard.droppedCallers).toHaveLength(256);
    unheard.heard(100);
    expect(unheard.droppedCallers).toHaveLength(156);
    unheard.heardNow();
    expect(unheard.droppedCallers).toEqual([]);
  });
});
