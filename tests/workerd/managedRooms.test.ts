import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { WorkerPeer } from '../support/workerPeer.ts';

const HEARTBEAT = '{"type":"HEARTBEAT"}';
const EMPTY_MS = 60_000;

afterEach(() => {
  vi.useRealTimers();
});

interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
}

async function seat(below = ''): Promise<Seat> {
  const url = `http://localhost/peerjs/games/pong/rooms${below}`;
  return (await exports.default.fetch(url, { method: 'POST' })).json();
}

function sit({ id, options: { path, token } }: Seat): Promise<WorkerPeer> {
  return WorkerPeer.open({ id, path, token });
}

function stored(path: string): Promise<{ rows: Map<string, unknown>; alarm: number | null }> {
  return runInDurableObject(env.COORDINATORS.getByName(path), async (_, { storage }) => ({
    rows: await storage.list(),
    alarm: await storage.getAlarm(),
  }));
}

it('a managed room keeps one row, which waiting and talking do not change, and sleeps', async () => {
  const annsSeat = await seat();
  const { path } = annsSeat.options;
  const coordinator = env.COORDINATORS.getByName(path);
  const ann = await sit(annsSeat);
  const bob = await sit(await seat(`/${path.split('/').at(-1)}/seats`));
  const before = await stored(path);
  expect([...before.rows.keys()]).toEqual(['managed']);
  ann.send({ type: 'OFFER', dst: bob.id });
  await bob.next();
  bob.send({ type: 'ANSWER', dst: ann.id });
  await ann.next();
  expect(await stored(path)).toEqual(before);

  await evictDurableObject(coordinator);
  for (const peer of [ann, bob]) {
    peer.send(HEARTBEAT);
    expect(await peer.next()).toEqual({ type: 'LEAVE' });
  }
  await expect(evictDurableObject(coordinator)).rejects.toThrow('not currently running');
  expect(await stored(path)).toEqual(before);
});

it('a managed room is deleted a minute after its last player, and not while one is there', async () => {
  const annsSeat = await seat();
  const { path } = annsSeat.options;
  const coordinator = env.COORDINATORS.getByName(path);
  const ann = await sit(annsSeat);
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: now + EMPTY_MS + 1000 });
  await runDurableObjectAlarm(coordinator);
  expect((await stored(path)).rows.size).toBe(1);
  await ann.close(1001);
  await evictDurableObject(coordinator);
  const { alarm } = await stored(path);
  expect(alarm).toBe(Date.now() + EMPTY_MS);
  vi.setSystemTime(Date.now() + EMPTY_MS);
  await runDurableObjectAlarm(coordinator);
  const { rows } = await stored(path);
  expect([...rows.keys()]).toEqual([]);
  await runInDurableObject(coordinator, async (_, { storage }) => {
    expect([...storage.sql.exec('SELECT name FROM sqlite_master')]).toEqual([]);
  });
});

it('a room that nobody made has no row, and to look for one makes no database', async () => {
  const path = '/room/pong/sasasasa';
  const ann = await WorkerPeer.open({ path });
  await exports.default.fetch('http://localhost/peerjs/games/pong/rooms/sasasasa');
  await runInDurableObject(env.COORDINATORS.getByName(path), async (_, { storage }) => {
    expect([...storage.sql.exec('SELECT name FROM sqlite_master')]).toEqual([]);
  });
  await ann.close();
});

it('the host of a managed room is the same after a deploy, though another player is back first', async () => {
  const annsSeat = await seat();
  const { path } = annsSeat.options;
  const bobsSeat = await seat(`/${path.split('/').at(-1)}/seats`);
  await sit(annsSeat);
  await sit(bobsSeat);
  // As a deploy does: the sockets end, and nobody tells the coordinator.
  const restarting = runInDurableObject(env.COORDINATORS.getByName(path), (_, context) =>
    context.abort('restarted'),
  );
  await restarting.catch(() => {});
  const bob = await sit(bobsSeat);
  await sit(annsSeat);
  bob.send({ type: 'ROOM' });
  expect(await bob.next()).toMatchObject({ type: 'ROOM', payload: { host: annsSeat.id } });
});
