import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';
import { CallsInVain } from './CallsInVain.ts';

const EXPIRE = { type: 'EXPIRE', src: 'host', dst: 'ann' };

/** Ann calls, and what she hears within the next 5 s, and how long something was pending. */
function call(room: TestRoom, ann: FakePeer, dst = 'host'): { waited: number; frames: unknown[] } {
  const start = room.now;
  ann.says({ type: 'OFFER', dst });
  const waited = (room.nextDeadline ?? start) - start;
  room.pass(5000);
  return { waited, frames: ann.take() };
}

describe.each([
  ['room', {}],
  ['realm', REALM],
] as const)('in a %s, calls to a peer that is not there', (_, policy) => {
  it('wait once, and are answered at once for a minute after that was given up', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    expect(call(room, ann)).toEqual({ waited: 5000, frames: [EXPIRE] });
    for (let time = 5000; time < 60_000; time += 5000) {
      expect(call(room, ann)).toEqual({ waited: 0, frames: [EXPIRE] });
    }
    room.pass(5000);
    expect(call(room, ann)).toEqual({ waited: 5000, frames: [EXPIRE] });
  });

  it('wait for one peer though another was called in vain', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    call(room, ann);
    expect(call(room, ann, 'another').waited).toBe(5000);
  });

  it('wait for each caller', () => {
    const room = new TestRoom(policy);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    call(room, ann);
    expect(call(room, bob).waited).toBe(5000);
  });

  it('wait again once that peer was reached, by what waited', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    ann.says({ type: 'OFFER', dst: 'host' });
    room.join('host').disconnects(1001);
    ann.take();
    expect(call(room, ann)).toEqual({ waited: 5000, frames: [EXPIRE] });
  });

  it('wait again once that peer was reached, directly', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    call(room, ann);
    const host = room.join('host');
    ann.says({ type: 'OFFER', dst: 'host' });
    host.disconnects(1001);
    ann.take();
    expect(call(room, ann).waited).toBe(5000);
  });

  it('are answered at once after the room has lost its memory, too', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    call(room, ann);
    room.hibernate([ann]);
    expect(call(room, ann)).toEqual({ waited: 0, frames: [EXPIRE] });
    room.pass(60_000);
    expect(call(room, ann).waited).toBe(5000);
  });

  it('start from zero with a new session', () => {
    const room = new TestRoom(policy);
    const [ann] = room.joinAll('ann') as [FakePeer];
    call(room, ann);
    ann.disconnects(1001);
    const [again] = room.joinAll('ann') as [FakePeer];
    expect(call(room, again).waited).toBe(5000);
  });
});

it('lets one peer of a room begin five waits a minute, to whomever', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  for (let n = 0; n < 5; n += 1) expect(call(room, ann, `nobody ${n}`).waited).toBe(5000);
  expect(call(room, ann, 'nobody 6')).toMatchObject({
    waited: 0,
    frames: [{ type: 'EXPIRE', src: 'nobody 6' }],
  });
  room.hibernate([ann, bob]);
  expect(call(room, ann, 'nobody 7').waited).toBe(0);
  expect(call(room, bob, 'nobody 7').waited).toBe(5000);
  room.pass(40_000);
  expect(call(room, ann, 'nobody 8').waited).toBe(5000);
});

it('counts a wait that was begun though the peer came', () => {
  const room = new TestRoom({ capacity: 20 });
  const [ann] = room.joinAll('ann') as [FakePeer];
  for (let n = 0; n < 5; n += 1) {
    ann.says({ type: 'OFFER', dst: `guest ${n}` });
    room.join(`guest ${n}`);
  }
  expect(call(room, ann, 'nobody').waited).toBe(0);
});

it('lets a peer of a realm begin as many as it likes', () => {
  const room = new TestRoom(REALM);
  const [ann] = room.joinAll('ann') as [FakePeer];
  for (let n = 0; n < 50; n += 1) {
    ann.says({ type: 'OFFER', dst: `nobody ${n}` });
    expect(ann.take()).toEqual([]);
  }
});

it('lets candidates wait with the offer before them', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];
  for (const type of ['OFFER', 'CANDIDATE', 'CANDIDATE']) ann.says({ type, dst: 'host' });
  expect(ann.take()).toEqual([]);
  expect(room.join('host').take()).toHaveLength(4);
});

it('has nothing pending nine tenths of the time in a room that is polled every 12 s', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];
  let pending = 0;
  for (let poll = 0; poll < 300; poll += 1) {
    pending += call(room, ann).waited;
    room.pass(7000);
    room.hibernate([ann]);
  }
  expect(pending).toBeLessThanOrEqual(360_000);
  expect(pending).toBeGreaterThan(0);
});

describe('the memory of calls', () => {
  it('holds eight of one peer', () => {
    const calls = new CallsInVain(100, 5000);
    for (let n = 0; n < 50; n += 1) calls.mayWait('ann', `nobody ${n}`, 0);
    expect(calls.of('ann')).toHaveLength(8);
  });

  it('holds ten thousand peers, and forgets all rather than to grow', () => {
    const calls = new CallsInVain(100, 5000);
    for (let n = 0; n < 10_000; n += 1) calls.mayWait(`caller ${n}`, 'host', 0);
    expect(calls.mayWait('caller 0', 'another', 0)).toBe(true);
    expect(calls.of('caller 9999')).toHaveLength(1);
    expect(calls.mayWait('one too many', 'host', 0)).toBe(true);
    expect(calls.of('caller 9999')).toBeUndefined();
    expect(calls.of('one too many')).toHaveLength(1);
  });

  it('holds nothing of a peer that only reached others', () => {
    const calls = new CallsInVain(100, 5000);
    calls.mayWait('bob', 'host', 0);
    calls.reached('ann', 'host');
    expect(calls.of('ann')).toBeUndefined();
  });
});
