import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { GameRoomCoordinator } from '../../src/index.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

const HEARTBEAT = '{"type":"HEARTBEAT"}';

/**
 * An eviction takes some milliseconds, unless a timer is pending: it waits for that. The shortest
 * one the server has takes 5,000 ms.
 */
const AT_ONCE_MS = 2000;

function coordinatorAt(path: string): DurableObjectStub<GameRoomCoordinator> {
  return env.COORDINATORS.getByName(path);
}

function openAll(path: string, ...ids: string[]): Promise<WorkerPeer[]> {
  return Promise.all(ids.map((id) => WorkerPeer.open({ path, id })));
}

async function listed(path: string): Promise<unknown> {
  return (await exports.default.fetch(`http://localhost${path}/peerjs/peers`)).json();
}

describe('after an eviction with sockets open', () => {
  it('members reach each other both ways', async () => {
    const path = '/room/relay';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    await evictDurableObject(coordinatorAt(path));

    ann.send({ type: 'OFFER', dst: 'bob', payload: 1 });
    expect(await bob.next()).toEqual({ type: 'OFFER', src: 'ann', dst: 'bob', payload: 1 });
    await evictDurableObject(coordinatorAt(path));
    bob.send({ type: 'ANSWER', dst: 'ann', payload: 2 });
    expect(await ann.next()).toEqual({ type: 'ANSWER', src: 'bob', dst: 'ann', payload: 2 });
    expect([...ann.pending, ...bob.pending]).toEqual([]);
  });

  it('a newcomer and the members reach each other', async () => {
    const path = '/room/newcomer';
    const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
    await evictDurableObject(coordinatorAt(path));

    const bob = await WorkerPeer.open({ path, id: 'bob' });
    bob.send({ type: 'OFFER', dst: 'ann' });
    expect(await ann.next()).toEqual({ type: 'OFFER', src: 'bob', dst: 'ann' });
    ann.send({ type: 'ANSWER', dst: 'bob' });
    expect(await bob.next()).toEqual({ type: 'ANSWER', src: 'ann', dst: 'bob' });
  });

  it('members are listed', async () => {
    const path = '/room/list';
    await openAll(path, 'ann', 'bob');
    await evictDurableObject(coordinatorAt(path));
    expect(await listed(path)).toEqual(expect.arrayContaining(['ann', 'bob']));
  });

  it.each(['/room/token', '/realm-token'])(
    'an id is taken for another token at %s',
    async (path) => {
      await openAll(path, 'ann');
      await evictDurableObject(coordinatorAt(path));

      const other = await WorkerPeer.connect({ path, id: 'ann', token: 'another token' });
      expect(await other.next()).toEqual({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
      expect(await other.untilClosed()).toEqual({ code: 1008, reason: 'id-taken' });
    },
  );

  it('seats are taken: a fifth gets room-full, and the four notice nothing', async () => {
    const path = '/room/seats';
    const four = await openAll(path, 'ann', 'bob', 'cid', 'dan');
    await evictDurableObject(coordinatorAt(path));

    const fifth = await WorkerPeer.connect({ path });
    expect(await fifth.next()).toMatchObject({ type: 'ERROR', payload: { type: 'room-full' } });
    expect(await fifth.untilClosed()).toEqual({ code: 1008, reason: 'room-full' });
    for (const peer of four) {
      await peer.settle();
      expect(peer.pending).toEqual([]);
    }
  });

  it.each(['/room/takeover', '/realm-takeover'])(
    'the same token takes over at %s: the older socket is closed and mute',
    async (path) => {
      const [older, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
      await evictDurableObject(coordinatorAt(path));

      const newer = await WorkerPeer.open({ path, id: 'ann', token: older.token });
      expect(await older.untilClosed()).toEqual({ code: 4000, reason: 'replaced' });
      bob.send({ type: 'OFFER', dst: 'ann' });
      expect(await newer.next()).toEqual({ type: 'OFFER', src: 'bob', dst: 'ann' });
      expect(older.pending).toEqual([]);
      await bob.settle();
      expect(bob.pending).toEqual([]);
    },
  );

  it('a socket that was taken over from speaks for nobody', async () => {
    const path = '/room/taken-over';
    const [older, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    const newer = await WorkerPeer.open({ path, id: 'ann', token: older.token });
    await evictDurableObject(coordinatorAt(path));

    expect(await listed(path)).toHaveLength(2);
    bob.send({ type: 'OFFER', dst: 'ann' });
    expect(await newer.next()).toEqual({ type: 'OFFER', src: 'bob', dst: 'ann' });
    await older.untilClosed();
    await bob.settle();
    expect([...older.pending, ...bob.pending]).toEqual([]);
    // Nothing is pending, so the end of the older socket began no grace.
    await expectEvictedAtOnce(path);
  });

  it('a socket that gave up its id is mute, is closed, and the id stays free', async () => {
    const path = '/room/freed';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.send({ type: 'LEAVE' });
    expect(await bob.next()).toEqual({ type: 'LEAVE', src: 'ann' });
    ann.send({ type: 'OFFER', dst: 'bob' });
    expect(await ann.untilClosed()).toEqual({ code: 1000, reason: 'gave up its id' });
    await evictDurableObject(coordinatorAt(path));

    await bob.settle();
    expect(bob.pending).toEqual([]);
    expect(await listed(path)).toEqual(['bob']);
    const next = await WorkerPeer.open({ path, id: 'ann', token: 'another token' });
    bob.send({ type: 'OFFER', dst: 'ann' });
    expect(await next.next()).toEqual({ type: 'OFFER', src: 'bob', dst: 'ann' });
    expect(ann.frames.filter(({ type }) => type === 'OFFER')).toEqual([]);
  });

  it('a socket that gave up its id takes nothing with it when it closes', async () => {
    const path = '/room/freed-and-closed';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.send({ type: 'LEAVE' });
    await bob.next();
    const next = await WorkerPeer.open({ path, id: 'ann', token: 'another token' });
    await evictDurableObject(coordinatorAt(path));

    await ann.close();
    await next.settle();
    await bob.settle();
    expect([...next.pending, ...bob.pending]).toEqual([]);
    expect(await listed(path)).toHaveLength(2);
    await expectEvictedAtOnce(path);
  });

  it('in a realm an id is free the moment its socket closes', async () => {
    const path = '/realm-close';
    const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
    await evictDurableObject(coordinatorAt(path));
    await ann.close();
    await WorkerPeer.open({ path, id: 'ann', token: 'another token' });
  });

  it('the term of a host that comes back to an empty room is greater than that of the last', async () => {
    const path = '/room/former-host';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.vanish();
    await expect.poll(() => listed(path)).toEqual(['bob']);
    bob.send({ type: 'ROOM', payload: { suspect: 'ann' } });
    bob.send({ type: 'ROOM' });
    const told = await bob.next();
    expect(told).toMatchObject({ type: 'ROOM', payload: { host: 'bob' } });
    const { term } = told.payload as { term: number };
    await bob.close(1000);
    await expect.poll(() => listed(path)).toEqual([]);
    await evictDurableObject(coordinatorAt(path));

    const again = await WorkerPeer.open({ path, id: 'ann', token: ann.token, ask: 'ROOM' });
    const { payload } = await again.next();
    expect(payload).toMatchObject({ host: 'ann' });
    expect((payload as { term: number }).term).toBeGreaterThan(term);
  });

  // Each takes the 4 s of a grace or the 5 s of an EXPIRE, so they do so side by side.
  describe.concurrent('what takes its time', () => {
    it('a lost member is announced to the others by an alarm, and holds nobody awake', async ({
      expect,
    }) => {
      const path = '/room/leave';
      const [ann, bob, cid] = (await openAll(path, 'ann', 'bob', 'cid')) as [
        WorkerPeer,
        WorkerPeer,
        WorkerPeer,
      ];
      await evictDurableObject(coordinatorAt(path));
      ann.vanish();
      await expect.poll(() => listed(path)).toHaveLength(2);
      await expectEvictedAtOnce(path);
      expect([...bob.pending, ...cid.pending]).toEqual([]);

      // Nobody calls the room: it is the alarm that wakes it.
      expect(await bob.next()).toEqual({ type: 'LEAVE', src: 'ann' });
      expect(await cid.next()).toEqual({ type: 'LEAVE', src: 'ann' });
      await runInDurableObject(coordinatorAt(path), async (_, { storage }) => {
        expect([...storage.sql.exec('SELECT name FROM sqlite_master')]).toEqual([]);
      });
      await evictDurableObject(coordinatorAt(path));
      await bob.settle();
      await cid.settle();
      expect([...bob.pending, ...cid.pending]).toEqual([]);
    });

    it('a lost member that comes back with its token resumes silently', async ({ expect }) => {
      const path = '/room/resume';
      const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
      ann.vanish();
      await expect.poll(() => listed(path)).toEqual(['bob']);
      await evictDurableObject(coordinatorAt(path));
      await WorkerPeer.open({ path, id: 'ann', token: ann.token });
      await evictDurableObject(coordinatorAt(path));
      // Past the 4 s of the grace: time itself is what this is about.
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await bob.settle();
      expect(bob.pending).toEqual([]);
    });

    it('a member that is lost while another one is keeps its own grace', async ({ expect }) => {
      const path = '/room/two-graces';
      const [ann, bob, cid] = (await openAll(path, 'ann', 'bob', 'cid')) as [
        WorkerPeer,
        WorkerPeer,
        WorkerPeer,
      ];
      ann.vanish();
      await expect.poll(() => listed(path)).toHaveLength(2);
      await evictDurableObject(coordinatorAt(path));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      bob.vanish();
      const lostAt = Date.now();
      await expect.poll(() => listed(path)).toEqual(['cid']);
      await evictDurableObject(coordinatorAt(path));
      expect(await cid.next()).toEqual({ type: 'LEAVE', src: 'ann' });
      await evictDurableObject(coordinatorAt(path));
      expect(await cid.next()).toEqual({ type: 'LEAVE', src: 'bob' });
      expect(Date.now() - lostAt).toBeGreaterThanOrEqual(3900);
    });

    it('a waiting message outlives an attempt to evict', async ({ expect }) => {
      const path = '/room/waiting';
      const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
      ann.send({ type: 'OFFER', dst: 'nobody' });
      await ann.settle();
      await evictDurableObject(coordinatorAt(path));
      expect(await ann.next()).toEqual({ type: 'EXPIRE', src: 'nobody', dst: 'ann' });
      await ann.settle();
      expect(ann.pending).toEqual([]);
    });

    it('a waiting message is delivered while an eviction is asked for', async ({ expect }) => {
      const path = '/room/deliver';
      const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
      ann.send({ type: 'OFFER', dst: 'bob', payload: 1 });
      await ann.settle();
      const evicted = evictDurableObject(coordinatorAt(path));
      const bob = await WorkerPeer.open({ path, id: 'bob' });
      expect(await bob.next()).toEqual({ type: 'OFFER', src: 'ann', dst: 'bob', payload: 1 });
      await evicted;
    });
  });
});

describe('a heartbeat', () => {
  it('is answered without waking anybody', async () => {
    const path = '/room/heartbeat';
    const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
    await evictDurableObject(coordinatorAt(path));

    for (let beat = 0; beat < 3; beat += 1) {
      ann.send(HEARTBEAT);
      expect(await ann.next()).toEqual({ type: 'LEAVE' });
    }
    await expect(evictDurableObject(coordinatorAt(path))).rejects.toThrow('not currently running');
  });

  it('wakes the coordinator if it is spelled otherwise: the proof that the proof can fail', async () => {
    const path = '/room/other-heartbeat';
    const [ann] = (await openAll(path, 'ann')) as [WorkerPeer];
    await evictDurableObject(coordinatorAt(path));

    ann.send('{"type": "HEARTBEAT"}');
    await ann.settle();
    await evictDurableObject(coordinatorAt(path));
  });

  it.each([
    '{"type": "HEARTBEAT"}',
    '{"type":"HEARTBEAT"} ',
    '{"type":"HEARTBEAT","payload":null}',
    '{"type":"HEARTBEAT","dst":"ann"}',
    new TextEncoder().encode(HEARTBEAT),
  ])('gets no answer if it is spelled otherwise: %s', async (heartbeat) => {
    const [ann] = (await openAll('/room/spelling', 'ann')) as [WorkerPeer];
    ann.send(heartbeat);
    await ann.settle();
    expect(ann.pending).toEqual([]);
    ann.send({ type: 'LEAVE' });
  });
});

describe('a coordinator', () => {
  it('writes no storage and sets no alarm, whatever happens in its room but a lost socket', async () => {
    const path = '/room/storage';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.send({ type: 'OFFER', dst: 'bob' });
    await bob.next();
    await WorkerPeer.open({ path, id: 'ann', token: ann.token });
    bob.send({ type: 'OFFER', dst: 'nobody' });
    await bob.settle();
    await bob.close();
    const cid = await WorkerPeer.open({ path, id: 'cid' });
    await cid.close(1001);
    await listed(path);

    await runInDurableObject(coordinatorAt(path), async (_, state) => {
      expect([...(await state.storage.list())]).toEqual([]);
      expect(await state.storage.getAlarm()).toBeNull();
      // Looking for graces must not make a database where there is none.
      expect([...state.storage.sql.exec('SELECT name FROM sqlite_master')]).toEqual([]);
    });
    await WorkerPeer.open({ path, id: 'nobody' });
  });

  it('keeps what it has to know of a lost member in storage, and nothing once it is back', async () => {
    const path = '/room/lost';
    const [ann] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.vanish();
    await expect.poll(() => listed(path)).toEqual(['bob']);
    const stored = () =>
      runInDurableObject(coordinatorAt(path), async (_, { storage }) => [
        ...(await storage.list()).keys(),
      ]);
    expect(await stored()).toEqual(['away:ann']);
    await WorkerPeer.open({ path, id: 'ann', token: ann.token });
    expect(await stored()).toEqual([]);
  });

  it('has no timer while nothing is pending', async () => {
    const path = '/room/no-timer';
    const [ann, bob] = (await openAll(path, 'ann', 'bob')) as [WorkerPeer, WorkerPeer];
    ann.send({ type: 'OFFER', dst: 'bob' });
    await bob.next();
    ann.send({ type: 'OFFER', dst: 'cid' });
    await ann.settle();
    const cid = await WorkerPeer.open({ path, id: 'cid' });
    await cid.next();
    bob.vanish();
    await WorkerPeer.open({ path, id: 'bob', token: bob.token });
    await expectEvictedAtOnce(path);
  });
});

async function expectEvictedAtOnce(path: string): Promise<void> {
  const start = Date.now();
  await evictDurableObject(coordinatorAt(path));
  expect(Date.now() - start).toBeLessThan(AT_ONCE_MS);
}
