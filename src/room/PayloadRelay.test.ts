import { describe, expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

function three(policy: ConstructorParameters<typeof TestRoom>[0] = {}) {
  const room = new TestRoom({ maxMessageBytes: 1_000_000, messagesPerSecond: 1000, ...policy });
  const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
  return { room, ann, bob, cid };
}

const RELAYED = { type: 'RELAY', src: 'ann' };
const DROPPED = {
  type: 'ROOM',
  payload: { error: { type: 'relay-limit-exceeded', msg: expect.any(String) } },
};

describe('what a member has relayed', () => {
  it('reaches the peer that it is for, in order, and names its real sender', () => {
    const { ann, bob, cid } = three();
    for (let n = 0; n < 5; n += 1) {
      ann.says({ type: 'RELAY', src: 'cid', dst: 'bob', payload: { n } });
    }
    expect(bob.take()).toEqual(
      [0, 1, 2, 3, 4].map((n) => ({ ...RELAYED, dst: 'bob', payload: { n } })),
    );
    expect([...ann.take(), ...cid.take()]).toEqual([]);
  });

  it.each([{}, { dst: '' }, { dst: null }])('reaches all others for %j', (to) => {
    const { ann, bob, cid } = three();
    ann.says({ type: 'RELAY', ...to, payload: 'x' });
    expect(bob.take()).toEqual([{ ...RELAYED, dst: 'bob', payload: 'x' }]);
    expect(cid.take()).toEqual([{ ...RELAYED, dst: 'cid', payload: 'x' }]);
    expect(ann.take()).toEqual([]);
  });

  it('waits for nobody, and its sender is told so by a frame that stock clients ignore', () => {
    const { room, ann, bob } = three();
    bob.disconnects();
    for (const dst of ['bob', 'zoe']) ann.says({ type: 'RELAY', dst, payload: 'x' });
    expect(ann.take()).toMatchObject([
      { type: 'ROOM', payload: { error: { type: 'no-such-peer' } } },
    ]);
    expect(room.nextDeadline).toBeUndefined();
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('is at most 20 messages a second, and 20 at once', () => {
    const { room, ann, bob } = three();
    const say = (times: number) => {
      for (let n = 0; n < times; n += 1) ann.says({ type: 'RELAY', dst: 'bob', payload: n });
    };
    say(25);
    expect(bob.take()).toHaveLength(20);
    expect(ann.take()).toEqual([DROPPED]);
    room.pass(500);
    say(25);
    expect(bob.take()).toHaveLength(10);
    room.pass(60_000);
    say(25);
    expect(bob.take()).toHaveLength(20);
    expect(ann.closed).toBeUndefined();
  });

  it('is at most 64 KB a second', () => {
    const { room, ann, bob } = three();
    const kilobytes = (n: number) =>
      ann.says({ type: 'RELAY', dst: 'bob', payload: 'x'.repeat(n * 1024 - 2) });
    kilobytes(65);
    expect(bob.take()).toEqual([]);
    for (let n = 0; n < 3; n += 1) kilobytes(32);
    expect(bob.take()).toHaveLength(2);
    room.pass(500);
    kilobytes(32);
    expect(bob.take()).toHaveLength(1);
  });

  it('is not sent again to a peer that comes back', () => {
    const { room, ann, bob } = three();
    ann.says({ type: 'RELAY', dst: 'bob', payload: 'x' });
    bob.take();
    bob.disconnects();
    expect(room.join('bob').take()).toEqual([{ type: 'OPEN' }]);
  });

  it('is dropped if it is nested too deeply to be written', () => {
    const { ann, bob } = three();
    ann.says(`{"type":"RELAY","dst":"bob","payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(bob.take()).toEqual([]);
    expect(ann.take()).toEqual([DROPPED]);
  });

  it.each([
    ['in a realm', REALM],
    ['where the relay is off', { relaysPayloads: false }],
  ])('is ignored %s', (_, policy) => {
    const { ann, bob, cid } = three(policy);
    ann.says({ type: 'RELAY', payload: 'x' });
    ann.says({ type: 'RELAY', dst: 'bob', payload: 'x' });
    expect([...ann.take(), ...bob.take(), ...cid.take()]).toEqual([]);
  });
});
