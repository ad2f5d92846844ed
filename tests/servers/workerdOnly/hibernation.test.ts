import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../../selfhost/RunningServer.ts';
import { startServer } from '../../../selfhost/workerd/startServer.ts';
import { TestPeer } from '../../support/testPeer.ts';

/** Plain workerd hibernates a coordinator after 10 s in which nothing woke it; that cannot be set. */
const HIBERNATES_AFTER_MS = 10_000;
const HEARTBEAT = '{"type":"HEARTBEAT"}';

let server: RunningServer;
let origin: string;
beforeAll(async () => {
  const environment = { LEAVE_GRACE_MS: '100' };
  server = await startServer({ host: '127.0.0.1', port: 0, environment });
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop());

// tests/workerd/hibernation.test.ts evicts coordinators at will. This one waits for the runtime
// to do it by itself, as it does in production, and in all rooms at once, since the wait is real.
it('keeps ids, tokens, seats and silence over a hibernation that nobody asked for', async () => {
  const open = (room: string, id: string, token = `token of ${id}`) =>
    TestPeer.open(origin, { path: `/room/${room}`, id, token });
  const listed = async (room: string) =>
    (await fetch(`${origin}/room/${room}/peerjs/peers`)).json() as Promise<string[]>;

  const counters = async () => {
    const headers = { Accept: 'application/json' };
    const response = await fetch(`${origin}/metrics`, { headers });
    return ((await response.json()) as { counters: { connections: number; wakes: number } })
      .counters;
  };

  const ann = await open('relay', 'ann');
  const older = await open('relay', 'bob');
  const cid = await open('relay', 'cid');
  const bob = await open('relay', 'bob');
  expect(await listed('relay')).toEqual(['ann', 'cid', 'bob']);

  const four = await Promise.all(['a', 'b', 'c', 'd'].map((id) => open('full', id)));
  const closing = await open('closing', 'gone');
  const left = await open('closing', 'left');
  const vanishing = await open('vanishing', 'gone');
  const leftToo = await open('vanishing', 'left');
  const freed = await open('freed', 'gone');
  const leftThree = await open('freed', 'left');
  freed.send({ type: 'LEAVE' });
  expect(await leftThree.next()).toEqual({ type: 'LEAVE', src: 'gone' });
  // Until then a timer keeps that room awake.
  expect(await freed.untilClosed()).toEqual({ code: 1000, reason: 'gave up its id' });

  // Heartbeats go on, faster than PeerJS sends them, and keep nobody awake.
  const beat = setInterval(() => ann.send(HEARTBEAT), 1000);
  await new Promise((resolve) => setTimeout(resolve, HIBERNATES_AFTER_MS + 3000));
  clearInterval(beat);
  for (let answer = await ann.next(); ann.pending.length > 0; answer = await ann.next()) {
    expect(answer).toEqual({ type: 'LEAVE' });
  }

  // The collector has had as little to do meanwhile, and what it counted is not in a socket.
  expect(await counters()).toMatchObject({ connections: 14, wakes: 5 });

  expect(await older.untilClosed()).toEqual({ code: 4000, reason: 'replaced' });
  expect(await listed('relay')).toEqual(['ann', 'cid', 'bob']);

  ann.send({ type: 'OFFER', dst: 'bob', payload: 1 });
  expect(await bob.next()).toEqual({ type: 'OFFER', src: 'ann', dst: 'bob', payload: 1 });
  bob.send({ type: 'ANSWER', dst: 'ann', payload: 2 });
  expect(await ann.next()).toEqual({ type: 'ANSWER', src: 'bob', dst: 'ann', payload: 2 });

  const thief = new TestPeer(origin, { path: '/room/relay', id: 'cid', token: 'another token' });
  expect(await thief.next()).toEqual({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
  const again = await open('relay', 'cid');
  ann.send({ type: 'OFFER', dst: 'cid' });
  expect(await again.next()).toEqual({ type: 'OFFER', src: 'ann', dst: 'cid' });

  const fifth = new TestPeer(origin, { path: '/room/full' });
  expect(await fifth.next()).toMatchObject({ type: 'ERROR', payload: { type: 'room-full' } });

  // In these two rooms it is the end of a socket that wakes the coordinator.
  await closing.close(1001);
  expect(await left.next()).toEqual({ type: 'LEAVE', src: 'gone' });
  vanishing.vanish();
  expect(await leftToo.next()).toEqual({ type: 'LEAVE', src: 'gone' });

  const next = await open('freed', 'gone', 'another token');
  leftThree.send({ type: 'OFFER', dst: 'gone' });
  expect(await next.next()).toEqual({ type: 'OFFER', src: 'left', dst: 'gone' });

  for (const peer of [ann, bob, again, ...four, left, leftToo, leftThree, next]) {
    await peer.settle();
    expect(peer.pending).toEqual([]);
  }
  expect([...cid.pending, ...older.pending, ...freed.pending]).toEqual([]);

  // Each of the five rooms has hibernated: it counts a wake when it is used first, and one afterwards.
  // A room reports its counters after a join or a leave, which the full one has not had since.
  await four[0]?.close(1001);
  await expect.poll(counters).toMatchObject({ wakes: 10 });
});
