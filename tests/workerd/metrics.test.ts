import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, type Mock, vi } from 'vitest';
import { GameRoomCoordinator, MetricsCollector } from '../../src/index.ts';
import type { CoordinatorReport, Snapshot } from '../../src/metrics/Collection.ts';
import { noCounters } from '../../src/metrics/Counters.ts';
import { SELF_HOSTED } from '../../src/settings.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

/** A report goes out 2 s after the join or leave that starts it. */
const HEARTBEAT = '{"type":"HEARTBEAT"}';

let report: Mock<(report: CoordinatorReport) => Promise<void>>;
beforeEach(() => {
  report = vi.spyOn(MetricsCollector.prototype, 'report');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function coordinatorAt(path: string): DurableObjectStub<GameRoomCoordinator> {
  return env.COORDINATORS.getByName(path);
}

function reportsOf(path: string): CoordinatorReport[] {
  return report.mock.calls.map(([it]) => it).filter(({ name }) => name === path);
}

async function untilReported(path: string, times: number): Promise<CoordinatorReport> {
  await expect.poll(() => reportsOf(path).length).toBe(times);
  return reportsOf(path)[times - 1] as CoordinatorReport;
}

function collector(): DurableObjectStub<MetricsCollector> {
  return env.METRICS_COLLECTOR.getByName('metrics');
}

async function roomIn(snapshot: Promise<Snapshot>, path: string) {
  return (await snapshot).coordinators.find(({ name }) => name === path);
}

/** Two that have joined, the report of which is through. */
async function twoReported(path: string): Promise<[WorkerPeer, WorkerPeer]> {
  const players = await Promise.all([
    WorkerPeer.open({ path, id: 'ann' }),
    WorkerPeer.open({ path, id: 'bob' }),
  ]);
  await untilReported(path, 1);
  return players as [WorkerPeer, WorkerPeer];
}

it('a group that comes together, and its handshake, is one report', async () => {
  const path = '/room/one-report';
  const ann = await WorkerPeer.open({ path, id: 'ann' });
  const bob = await WorkerPeer.open({ path, id: 'bob' });
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();
  bob.send({ type: 'ANSWER', dst: 'ann' });
  await ann.next();

  expect(await untilReported(path, 1)).toMatchObject({
    kind: 'room',
    peerCount: 2,
    peers: expect.arrayContaining(['ann', 'bob']),
    counters: { connections: 2, offers: 1, relayed: { OFFER: 1, ANSWER: 1 }, wakes: 1 },
  });
});

it('messages and heartbeats are not reported, and keep nobody from hibernating', async () => {
  const path = '/room/quiet';
  const [ann, bob] = await twoReported(path);
  for (let number = 0; number < 100; number += 1) {
    ann.send({ type: 'CANDIDATE', dst: 'bob', payload: number });
  }
  for (let number = 0; number < 100; number += 1) await bob.next();
  // It waits for pending timers, so that a report which was due would be there.
  await evictDurableObject(coordinatorAt(path));
  ann.send(HEARTBEAT);
  await ann.next();
  // It would run again if the heartbeat had woken it.
  await expect(evictDurableObject(coordinatorAt(path))).rejects.toThrow('not currently running');
  expect(reportsOf(path)).toHaveLength(1);
});

it('an answer that comes after the report is reported at once, with its offer', async () => {
  const path = '/room/late-answer';
  const [ann, bob] = await twoReported(path);
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();
  bob.send({ type: 'ANSWER', dst: 'ann' });
  await ann.next();
  expect(await untilReported(path, 2)).toMatchObject({
    peerCount: 2,
    counters: { connections: 0, offers: 1, relayed: { OFFER: 1, ANSWER: 1 } },
  });
});

it('many answers are one report in a second', async () => {
  const path = '/room/many-answers';
  const [ann, bob] = await twoReported(path);
  const start = Math.floor(Date.now() / 1000);
  for (let number = 0; number < 100; number += 1) {
    bob.send({ type: 'ANSWER', dst: 'ann', payload: number });
    await ann.next();
  }
  const seconds = Math.floor(Date.now() / 1000) - start + 1;
  // Its report is the last one.
  await WorkerPeer.open({ path, id: 'cid' });
  await expect.poll(() => reportsOf(path).at(-1)?.counters.connections).toBe(1);
  const reported = reportsOf(path).length - 2;
  expect(reported).toBeGreaterThan(0);
  expect(reported).toBeLessThanOrEqual(seconds);
});

it('the end of a wait is reported at once, with the time for which its timer was pending', async () => {
  const path = '/room/in-vain';
  const [ann] = await twoReported(path);
  ann.send({ type: 'OFFER', dst: 'nobody' });
  expect(await ann.next()).toMatchObject({ type: 'EXPIRE' });
  const { counters } = await untilReported(path, 2);
  expect(counters).toMatchObject({ offers: 1, expired: 1 });
  expect(counters.pending).toBeGreaterThan(4000);
});

it('members who say much of themselves cause no report', async () => {
  const path = '/room/talking';
  const [ann, bob] = await twoReported(path);
  ann.send({ type: 'ROOM' });
  await ann.next();
  for (let number = 0; number < 20; number += 1) {
    bob.send({ type: 'ROOM', payload: { set: { data: { number } } } });
    await scheduler.wait(20);
  }
  // It waits for pending timers.
  await evictDurableObject(coordinatorAt(path));
  expect(reportsOf(path)).toHaveLength(1);
});

it('what was counted after the last report is gone after a hibernation, and the wake is not', async () => {
  const path = '/room/forgotten';
  const [ann, bob] = await twoReported(path);
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();
  await evictDurableObject(coordinatorAt(path));

  await ann.close();
  expect(await untilReported(path, 2)).toMatchObject({
    peerCount: 1,
    peers: ['bob'],
    counters: { connections: 0, offers: 0, wakes: 1 },
  });
});

it('what was reported is not reported again after a hibernation', async () => {
  const path = '/room/once';
  const [ann, bob] = await twoReported(path);
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();
  await WorkerPeer.open({ path, id: 'cid' });
  expect((await untilReported(path, 2)).counters.offers).toBe(1);
  await evictDurableObject(coordinatorAt(path));

  await bob.close();
  expect((await untilReported(path, 3)).counters).toMatchObject({ offers: 0, wakes: 1 });
});

it('a report that fails hurts nobody, and goes with the next one', async () => {
  const path = '/room/failing';
  report.mockRejectedValueOnce(new Error('the collector is away'));
  const [ann, bob] = await twoReported(path);
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();

  await WorkerPeer.open({ path, id: 'cid' });
  expect((await untilReported(path, 2)).counters).toMatchObject({ connections: 3, offers: 1 });
});

it('a report that fails is made again, though nothing more happens in the room', async () => {
  const path = '/room/failing-once';
  report.mockRejectedValueOnce(new Error('the collector is away'));
  await twoReported(path);
  // It waits for pending timers.
  await evictDurableObject(coordinatorAt(path));
  expect(await untilReported(path, 2)).toMatchObject({
    peerCount: 2,
    counters: { connections: 2, wakes: 1 },
  });
});

it('a collector that stays away keeps no room awake', async () => {
  const path = '/room/failing-always';
  report.mockRejectedValue(new Error('the collector is away'));
  await twoReported(path);
  await evictDurableObject(coordinatorAt(path));
  expect(reportsOf(path)).toHaveLength(3);
});

it('the collector has the same numbers after it was evicted', async () => {
  const path = '/room/kept';
  await twoReported(path);
  await expect.poll(() => roomIn(collector().read(), path)).toBeDefined();
  const before = await collector().read();

  await evictDurableObject(collector());
  const after = await collector().read();
  expect(after.counters).toEqual(before.counters);
  expect(after.since).toBe(before.since);
  expect(await roomIn(collector().read(), path)).toEqual({
    name: path,
    kind: 'room',
    peerCount: 2,
    peers: expect.arrayContaining(['ann', 'bob']),
  });
});

it('self-hosted, where it is never evicted, the collector stores nothing', async () => {
  const one = env.METRICS_COLLECTOR.getByName('self-hosted');
  await runInDurableObject(one, async (_, ctx) => {
    const rows = async () => [...(await ctx.storage.list()).keys()];
    const place = { name: '/room/stored', kind: 'room', peerCount: 1, peers: ['ann'] } as const;
    const joined = { ...place, counters: noCounters() };
    await new MetricsCollector(ctx, env).report(joined);
    expect(await rows()).toContain('place:/room/stored');

    await ctx.storage.deleteAll();
    const selfHosted = new MetricsCollector(ctx, Object.assign({}, env, { [SELF_HOSTED]: 'true' }));
    await selfHosted.report(joined);
    expect(await roomIn(selfHosted.read(), '/room/stored')).toBeDefined();
    expect(await rows()).toEqual([]);
  });
});

it('a room that sleeps is asked at most once in ten minutes, when somebody reads, and stays', async () => {
  const path = '/room/asleep';
  await twoReported(path);
  await expect.poll(() => roomIn(collector().read(), path)).toBeDefined();
  await evictDurableObject(coordinatorAt(path));
  const asking = vi.spyOn(GameRoomCoordinator.prototype, 'report');

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 9 * 60_000 });
  await collector().read();
  expect(asking).not.toHaveBeenCalled();

  vi.setSystemTime(Date.now() + 61_000);
  expect(await roomIn(collector().read(), path)).toMatchObject({ peerCount: 2 });
  const asked = asking.mock.calls.length;
  expect(asked).toBeGreaterThan(0);
  await collector().read();
  expect(asking).toHaveBeenCalledTimes(asked);
});

it('a room that vanished without a word is gone after ten minutes', async () => {
  const path = '/room/vanished';
  await twoReported(path);
  await expect.poll(() => roomIn(collector().read(), path)).toBeDefined();
  // As a deploy does: the sockets end, and nobody tells the coordinator.
  await runInDurableObject(coordinatorAt(path), (_, ctx) => ctx.abort('restarted')).catch(() => {});
  expect(await roomIn(collector().read(), path)).toBeDefined();

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 + 1000 });
  expect(await roomIn(collector().read(), path)).toBeUndefined();
});

it('what the Worker refuses is counted too, with one report for many', async () => {
  const before = (await collector().read()).counters.refusals['invalid-key'];
  for (let time = 0; time < 5; time += 1) {
    await exports.default.fetch('http://localhost/peerjs?key=wrong&id=ann&token=t', {
      headers: { Upgrade: 'websocket' },
    });
  }
  await expect
    .poll(async () => (await collector().read()).counters.refusals['invalid-key'])
    .toBe(before + 5);
  expect(reportsOf('worker')).toHaveLength(1);
});

it('links that players report wake no room, and go out together, with the country and no address', async () => {
  const wait = scheduler.wait.bind(scheduler);
  const waiting = vi.spyOn(scheduler, 'wait').mockImplementation(() => wait(200));
  const send = (country: string, link: object) =>
    exports.default.fetch(
      new Request('http://localhost/room/never-used/peerjs/links', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.77' },
        body: JSON.stringify({ links: [link] }),
        cf: { country, asOrganization: 'T-Mobile' },
      }),
    );
  const made = { to: 'bob', connected: true, ms: 900, route: 'srflx' };
  const failed = { to: 'bob', connected: false, ms: 9000, reason: 'no-answer' };
  const answers = await Promise.all([send('DE', made), send('DE', failed), send('IN', made)]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);

  const { counters } = await untilReported('worker', 1);
  const ends = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };
  expect(counters.links?.from).toEqual({
    'DE mobile': { ...ends, srflx: 1, failed: 1 },
    'IN mobile': { ...ends, srflx: 1 },
  });
  expect(waiting.mock.calls).toEqual([[20_000]]);
  await send('FR', made);
  const second = await untilReported('worker', 2);
  expect(second.counters.links?.from).toEqual({ 'FR mobile': { ...ends, srflx: 1 } });
  await expect(evictDurableObject(coordinatorAt('/room/never-used'))).rejects.toThrow(
    'not currently running',
  );
  expect(JSON.stringify(report.mock.calls)).not.toContain('203.0.113.77');
});
