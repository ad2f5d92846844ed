import { describe, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

function errorFrame(type: string) {
  return { type: 'ERROR', payload: { msg: expect.any(String), type } };
}

describe('the message rate', () => {
  const origin = useServer({ RATE_LIMIT_PER_SECOND: '20' });

  it('drops what is beyond the limit and says so once', async () => {
    const receiver = await TestPeer.open(origin());
    const sender = await TestPeer.open(origin());
    for (let n = 0; n < 60; n += 1) {
      sender.send({ type: 'CANDIDATE', dst: receiver.id, payload: n });
    }
    expect(await sender.next()).toEqual(errorFrame('rate-limit-exceeded'));

    // The bucket fills again, and the sender is heard again.
    const last = { type: 'CANDIDATE', dst: receiver.id, payload: 'last' };
    await expect
      .poll(
        () => {
          sender.send(last);
          return receiver.frames.some(({ payload }) => payload === 'last');
        },
        { interval: 100, timeout: 10_000 },
      )
      .toBe(true);
    const numbers = receiver.frames.map(({ payload }) => payload).filter(Number.isInteger);
    expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)));
    expect(numbers.length).toBeGreaterThanOrEqual(20);
    expect(numbers.length).toBeLessThan(60);
    expect(sender.pending).toEqual([]);
  });

  it('closes a peer that goes on for five seconds, and nobody else', async () => {
    const path = '/room/flood';
    const neighbour = await TestPeer.open(origin(), { path });
    const flooder = await TestPeer.open(origin(), { path });
    const flood = setInterval(() => {
      for (let n = 0; n < 10; n += 1) flooder.send({ type: 'OFFER', dst: 'nobody' });
    }, 20);
    const closed = await flooder.untilClosed();
    clearInterval(flood);
    expect(closed).toEqual({ code: 1008, reason: 'rate-limit-exceeded' });
    expect(flooder.frames.filter(({ type }) => type === 'ERROR')).toHaveLength(1);
    await neighbour.settle();
    expect(neighbour.closed).toBeUndefined();
  });
});

describe('the size of a message', () => {
  const origin = useServer({ MAX_MESSAGE_BYTES: '2000' });

  it('counts in bytes; what is larger is dropped and the socket stays usable', async () => {
    const receiver = await TestPeer.open(origin());
    const sender = await TestPeer.open(origin());
    const frameOf = (bytes: number, filling: string) => {
      const empty = JSON.stringify({ type: 'OFFER', payload: '', dst: receiver.id });
      const room = Math.floor((bytes - empty.length) / Buffer.byteLength(filling));
      return JSON.stringify({ type: 'OFFER', payload: filling.repeat(room), dst: receiver.id });
    };
    sender.send(frameOf(2000, 'a'));
    expect((await receiver.next()).type).toBe('OFFER');

    sender.send(frameOf(2001, 'a'));
    expect(await sender.next()).toEqual(errorFrame('message-too-large'));
    sender.send(frameOf(2004, '\u{1F600}'));
    expect(await sender.next()).toEqual(errorFrame('message-too-large'));
    sender.send(new TextEncoder().encode(frameOf(2001, 'a')));
    expect(await sender.next()).toEqual(errorFrame('message-too-large'));

    sender.send({ type: 'OFFER', dst: receiver.id, payload: 'small' });
    expect((await receiver.next()).payload).toBe('small');
  });
});

describe('malformed messages', () => {
  const origin = useServer();

  it('are answered by an ERROR at the third in a minute and a close at the tenth', async () => {
    const peer = await TestPeer.open(origin());
    peer.send('{');
    peer.send('[1]');
    await peer.settle();
    expect(peer.pending).toEqual([]);

    peer.send('null');
    expect(await peer.next()).toEqual(errorFrame('invalid-message'));
    await peer.settle();

    for (let n = 4; n <= 10; n += 1) peer.send(`{"type":${n}}`);
    expect(await peer.untilClosed()).toEqual({ code: 1008, reason: 'invalid-message' });
    expect(peer.pending).toEqual([]);
  });

  it('do not count where they are only of an unknown type', async () => {
    const peer = await TestPeer.open(origin());
    for (let n = 0; n < 20; n += 1) peer.send({ type: 'FUTURE', dst: peer.id });
    await peer.settle();
    expect(peer.pending).toEqual([]);
  });
});

describe('messages that wait for a peer that is absent', () => {
  const origin = useServer({ RATE_LIMIT_PER_SECOND: '10000' });

  it('are at most a hundred: then the oldest sender gets EXPIRE at once', async () => {
    const first = await TestPeer.open(origin());
    const second = await TestPeer.open(origin());
    first.send({ type: 'OFFER', dst: 'absent', payload: 'oldest' });
    await first.settle();
    for (let n = 0; n < 100; n += 1) second.send({ type: 'OFFER', dst: 'absent', payload: n });
    const sent = Date.now();
    expect(await first.next()).toEqual({ type: 'EXPIRE', src: 'absent', dst: first.id });
    expect(Date.now() - sent).toBeLessThan(4000);

    const absent = await TestPeer.open(origin(), { id: 'absent' });
    const waited = [];
    for (let n = 0; n < 100; n += 1) waited.push((await absent.next()).payload);
    expect(waited).toEqual(Array.from({ length: 100 }, (_, n) => n));
    await second.settle();
    expect(second.pending).toEqual([]);
  });

  it('are at most 8 MiB in one coordinator', async () => {
    const first = await TestPeer.open(origin(), { path: '/large' });
    const second = await TestPeer.open(origin(), { path: '/large' });
    first.send({ type: 'OFFER', dst: 'absent-0', payload: 'oldest' });
    await first.settle();
    const sent = Date.now();
    for (let n = 1; n <= 42; n += 1) {
      second.send({ type: 'OFFER', dst: `absent-${n}`, payload: 'x'.repeat(200_000) });
    }
    expect(await first.next()).toEqual({ type: 'EXPIRE', src: 'absent-0', dst: first.id });
    expect(Date.now() - sent).toBeLessThan(4000);
  });
});

describe('allowed origins', () => {
  const origin = useServer({ ALLOWED_ORIGINS: 'https://game.example, https://*.game.example' });
  const connect = (page: string) => new TestPeer(origin(), { headers: { Origin: page } });

  it('let their pages connect', async () => {
    expect((await connect('https://game.example').next()).type).toBe('OPEN');
    expect((await connect('https://beta.game.example').next()).type).toBe('OPEN');
  });

  it('turn other pages away with a frame that the browser can see', async () => {
    const peer = connect('https://evil.example');
    expect(await peer.next()).toEqual(errorFrame('origin-not-allowed'));
    expect((await peer.untilClosed()).code).toBe(1008);
  });

  it('let programs through, which send no Origin', async () => {
    expect((await new TestPeer(origin()).next()).type).toBe('OPEN');
  });

  it('are the ones that CORS allows', async () => {
    const allowOrigin = async (page: string) => {
      const response = await fetch(`${origin()}/peerjs/id`, { headers: { Origin: page } });
      return response.headers.get('Access-Control-Allow-Origin');
    };
    expect(await allowOrigin('https://game.example')).toBe('https://game.example');
    expect(await allowOrigin('https://evil.example')).toBeNull();
  });
});
