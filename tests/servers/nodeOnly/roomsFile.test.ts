import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RoomSnapshot } from '../../../src/room/RoomSnapshot.ts';
import { startTestServer, type TestServer } from '../../support/servers.ts';
import { TestPeer } from '../../support/testPeer.ts';

// A server whose managed rooms outlive its restart, and its crash.

interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
  readonly room: { readonly code: string };
}

let folder = '';
let file = '';
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rooms-'));
  file = join(folder, 'rooms.json');
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function start(port = 0): Promise<TestServer> {
  // Players who come back do so in time, however slow the machine is.
  const environment = { ROOMS_FILE: file, LEAVE_GRACE_MS: '600000' };
  return startTestServer({ port, environment });
}

async function restart(): Promise<void> {
  const { port } = server;
  await server.stop();
  server = await start(port);
}

async function crash(): Promise<void> {
  const { port } = server;
  await server.kill();
  server = await start(port);
}

/** What the server has written of a room while it runs. */
async function written(code: string): Promise<RoomSnapshot | undefined> {
  const { rooms } = JSON.parse(await readFile(file, 'utf8')) as { rooms: RoomSnapshot[] };
  return rooms.find(({ managed }) => managed.code === code);
}

const origin = () => `http://127.0.0.1:${server.port}`;

async function ask<T>(below: string, method = 'POST', body?: object, token = ''): Promise<T> {
  const response = await fetch(`${origin()}/peerjs/games/pong/rooms${below}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

function sit({ id, options: { path, token } }: Seat): Promise<TestPeer> {
  return TestPeer.open(origin(), { id, path, token, ask: 'ROOM' });
}

it('a made room goes on: its seats, its host, its state, its password and its place in the list', async () => {
  const annsSeat = await ask<Seat>('', 'POST', { name: 'Ann', password: 'moon', public: true });
  const { code } = annsSeat.room;
  const bobsSeat = await ask<Seat>(`/${code}/seats`, 'POST', { name: 'Bob', password: 'moon' });
  const [ann, bob] = [await sit(annsSeat), await sit(bobsSeat)];
  ann.send({ type: 'ROOM', payload: { state: { round: 2 } } });
  await ann.settle();
  await restart();
  for (const peer of [ann, bob]) expect(await peer.untilClosed()).toMatchObject({ code: 1012 });

  const again = await sit(bobsSeat);
  expect(await again.next()).toMatchObject({
    type: 'ROOM',
    payload: {
      host: annsSeat.id,
      state: { round: 2 },
      peers: [
        { name: 'Ann', away: true },
        { name: 'Bob', away: false },
      ],
    },
  });
  expect(await ask(`/${code}/seats`, 'POST', {})).toMatchObject({
    error: { type: 'wrong-password' },
  });
  expect(await ask('', 'GET')).toMatchObject({ rooms: [{ code, taken: 2, password: true }] });
  const { token } = annsSeat.options;
  expect(await ask(`/${code}`, 'PATCH', { state: { round: 3 } }, token)).toMatchObject({
    state: { round: 3 },
  });
  await (await sit(annsSeat)).close();
  await again.close();
});

it('a made room goes on after a crash as it was some seconds before, and after another one right behind it', async () => {
  const annsSeat = await ask<Seat>('', 'POST', { name: 'Ann', password: 'moon' });
  const { code } = annsSeat.room;
  const bobsSeat = await ask<Seat>(`/${code}/seats`, 'POST', { name: 'Bob', password: 'moon' });
  const [ann, bob] = [await sit(annsSeat), await sit(bobsSeat)];
  ann.send({ type: 'ROOM', payload: { state: { round: 2 } } });
  bob.send({ type: 'ROOM', payload: { set: { ready: true } } });
  await expect
    .poll(() => written(code))
    .toMatchObject({
      managed: { state: { round: 2 } },
      peers: [{ member: { name: 'Ann' } }, { member: { name: 'Bob', ready: true } }],
    });
  await crash();
  for (const peer of [ann, bob]) expect(await peer.untilClosed()).toMatchObject({ code: 1006 });
  await crash();

  const again = [await sit(bobsSeat), await sit(annsSeat)];
  expect(await again[1]?.next()).toMatchObject({
    type: 'ROOM',
    payload: {
      host: annsSeat.id,
      state: { round: 2 },
      peers: [
        { name: 'Ann', away: false },
        { name: 'Bob', away: false, ready: true },
      ],
    },
  });
  expect(await ask(`/${code}`, 'GET')).toMatchObject({ code, taken: 2, password: true });
  expect(await ask(`/${code}/seats`, 'POST', {})).toMatchObject({
    error: { type: 'wrong-password' },
  });
  for (const peer of again) await peer.close();
});

it('a room that nobody made is made anew by those who come back', async () => {
  const path = '/room/table';
  await TestPeer.open(origin(), { path, id: 'ann', token: 'a' });
  await restart();
  await (await TestPeer.open(origin(), { path, id: 'ann', token: 'another' })).close();
});
