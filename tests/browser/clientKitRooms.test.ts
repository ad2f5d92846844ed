import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import { spoil } from '../support/browser/idleTabs.ts';
import {
  come,
  loadKit,
  openConnections,
  openKitPage,
  say,
  untilHappened,
  untilHeard,
  untilLinked,
  viewOf,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { startMuteServer } from '../support/muteServer.ts';
import { RUNTIME, startTestServer, useServer } from '../support/servers.ts';

// Rooms that a game makes, with codes.

declare global {
  interface Window {
    /** What the host has asked for. */
    changes: Promise<void>[];
  }
}

const WHERE = { game: 'pong' };

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

function openPage(): Promise<Page> {
  return openKitPage(context(), site(), origin());
}

async function host(settings: object = {}): Promise<{ page: Page; code: string; id: string }> {
  const page = await openPage();
  return { page, ...(await come(page, 'createRoom', WHERE, { name: 'Ann', ...settings })) };
}

async function guest(code: string, profile: object = {}): Promise<{ page: Page; id: string }> {
  const page = await openPage();
  return { page, ...(await come(page, 'joinRoom', WHERE, code, { name: 'Bob', ...profile })) };
}

it('two meet by a code, however it is written', async () => {
  const ann = await host();
  const bob = await guest(`${ann.code.slice(0, 2)} ${ann.code.slice(2)}`.toUpperCase());
  await Promise.all([untilLinked(ann.page, 1), untilLinked(bob.page, 1)]);
  for (const { page } of [ann, bob]) {
    expect(await viewOf(page)).toMatchObject({ names: ['Ann', 'Bob'], hostId: ann.id });
    expect(await page.evaluate(() => [window.room.code, window.room.size])).toEqual([ann.code, 4]);
  }
});

it.each([
  ['a code alone is asked for by the socket', {}, ['GET /room/pong/kumora/peerjs/ice']],
  [
    'a code and a password takes one request: no browser asks first whether it may send that',
    { password: 'sesame' },
    ['POST /peerjs/games/pong/rooms/kumora/seats'],
  ],
])('a seat by %s', async (_, profile, requests) => {
  const asked: string[] = [];
  const server = await startMuteServer();
  server.on('request', ({ method, url = '' }, response) => {
    asked.push(`${method} ${url.replace(/\?.*/, '')}`);
    response.writeHead(404, { 'Access-Control-Allow-Origin': '*' }).end();
  });
  const { port } = server.address() as AddressInfo;
  const where = { ...WHERE, server: `http://127.0.0.1:${port}`, token: 'a signed one' };
  const entrance = come(await openPage(), 'joinRoom', where, 'kumora', profile);
  await expect(entrance).rejects.toThrow('old-server: ');
  expect(asked).toEqual(requests);
});

it('a page comes back under the name that it came with, and has another one after a reload', async () => {
  const { code } = await host();
  const page = await openPage();
  spoil(page);
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/peerjs\?/, (socket) => {
    sockets.push(socket);
    socket.connectToServer();
  });
  await page.reload();
  await loadKit(page, origin());
  await come(page, 'joinRoom', WHERE, code, { name: 'Bob' });
  await sockets[0]?.close({ code: 4000 });
  await untilHappened(page, 'status online');
  await page.reload();
  await loadKit(page, origin());
  await come(page, 'joinRoom', WHERE, code);
  const queries = sockets.map((socket) => new URL(socket.url()).searchParams);
  expect(queries.map((query) => query.get('ask'))).toEqual(['SEAT', 'ROOM', 'SEAT']);
  const [first, again, reloaded] = queries.map((query) => query.get('page'));
  expect(first).toMatch(/^[a-z\d]{2,}$/);
  expect(again).toBe(first);
  expect(reloaded).not.toBe(first);
});

it('a code that nobody has is refused, and so is a wrong password', async () => {
  await expect(guest('nonono')).rejects.toThrow('no-such-room: ');
  const { code } = await host({ password: 'sesame' });
  await expect(guest(code, { password: 'open' })).rejects.toThrow('wrong-password: ');
  await guest(code, { password: 'sesame' });
});

it('a room of two has no seat for a third, unless one leaves', async () => {
  const ann = await host({ size: 2 });
  const bob = await guest(ann.code);
  // Nobody needs to be told of a player who comes and goes at once.
  await untilHappened(ann.page, `peerjoin ${bob.id}`);
  await expect(guest(ann.code)).rejects.toThrow('room-full: ');
  await bob.page.evaluate(() => window.room.leave());
  await untilHappened(ann.page, `peerleave ${bob.id}`);
  await guest(ann.code);
});

it('a locked room lets nobody new in, and a player who was in comes back', async () => {
  const ann = await host();
  const bob = await guest(ann.code);
  await ann.page.evaluate(() => window.room.lock());
  await untilTrue(bob.page, () => window.room.locked);
  await expect(guest(ann.code)).rejects.toThrow('room-locked: ');

  await bob.page.reload();
  await loadKit(bob.page, origin());
  const again = await come(bob.page, 'joinRoom', WHERE, ann.code);
  expect(again.id).toBe(bob.id);
  await Promise.all([untilLinked(ann.page, 1), untilLinked(bob.page, 1)]);
  expect((await viewOf(ann.page)).names).toEqual(['Ann', 'Bob']);

  await ann.page.evaluate(() => window.room.unlock());
  await guest(ann.code);
});

it('the state is the host’s to change, and reaches late-comers, reloads and the next host', async () => {
  const ann = await host({ meta: { mode: 'duel' } });
  await ann.page.evaluate(() => window.room.setState({ round: 1, draft: true }));
  await ann.page.evaluate(() => window.room.setState({ round: 2, draft: null }));
  const bob = await guest(ann.code);
  const state = () => bob.page.evaluate(() => [window.room.state, window.room.meta]);
  expect(await state()).toEqual([{ round: 2 }, { mode: 'duel' }]);
  const refused = bob.page.evaluate(() =>
    window.room.setState({ round: 9 }).catch(({ type }) => type),
  );
  expect(await refused).toBe('not-the-host');

  await bob.page.reload();
  await loadKit(bob.page, origin());
  await come(bob.page, 'joinRoom', WHERE, ann.code);
  expect(await state()).toEqual([{ round: 2 }, { mode: 'duel' }]);

  await ann.page.close();
  await untilHappened(bob.page, `host ${bob.id}`);
  await bob.page.evaluate(() => window.room.setState({ round: 3 }));
  expect(await state()).toEqual([{ round: 3 }, { mode: 'duel' }]);
});

it('what the host changes while it is without the server, or as it loses it, is done in order once it is back', async () => {
  const upstream = Number(new URL(origin()).port);
  const proxy = await TcpProxy.start(upstream);
  onTestFinished(() => proxy.close());
  const ann = await openPage();
  const where = { ...WHERE, server: `http://127.0.0.1:${proxy.port}` };
  const { code } = await come(ann, 'createRoom', where, { name: 'Ann' });
  const bob = await guest(code);
  await untilLinked(ann, 1);
  await ann.evaluate(() => {
    window.changes = [];
  });
  const change = () =>
    ann.evaluate(() => {
      const n = window.changes.length;
      window.changes.push(window.room.setState({ last: n, [n]: window.room.status }));
    });
  proxy.hold();
  await change();
  proxy.upstream = undefined;
  proxy.reset();
  await untilHappened(ann, 'status reconnecting');
  await change();
  await ann.evaluate(() => {
    window.changes.push(window.room.update({ password: 'sesame' }));
    window.changes.push(window.room.lock());
    // It comes behind what waits.
    window.room.on('status', () => window.changes.push(window.room.setState({ last: 'back' })));
  });
  expect(await ann.evaluate(() => window.room.state)).toEqual({});
  proxy.letGo();
  proxy.upstream = upstream;
  await ann.evaluate(() => Promise.all(window.changes));
  await ann.evaluate(() => Promise.all(window.changes));
  const state = { last: 'back', 0: 'online', 1: 'reconnecting' };
  for (const page of [ann, bob.page]) {
    await expect.poll(() => page.evaluate(() => window.room.state)).toEqual(state);
    expect(await page.evaluate(() => window.room.locked)).toBe(true);
  }
  await ann.evaluate(() => window.room.unlock());
  await expect(guest(code)).rejects.toThrow('wrong-password: ');
});

it('who has left is no host, changes nothing any more, and is told so', async () => {
  const ann = await host();
  const changes = await ann.page.evaluate(() => {
    const { room } = window;
    room.leave();
    const changes = [room.setState({ round: 2 }), room.lock(), room.update({ password: 'sesame' })];
    return Promise.all(changes.map((change) => change.catch(({ type }) => type)));
  });
  expect(changes).toEqual(['left', 'left', 'left']);
  expect(await ann.page.evaluate(() => window.room.isHost)).toBe(false);
});

it('a change that JSON cannot hold keeps nobody without the server', async () => {
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const ann = await openPage();
  await come(ann, 'createRoom', { ...WHERE, server: `http://127.0.0.1:${proxy.port}` });
  await ann.evaluate(() => {
    window.changes = [];
    window.room.on('status', () => window.changes.push(window.room.setState({ moves: 1n })));
  });
  proxy.reset();
  await untilHappened(ann, 'status reconnecting');
  const types = () => Promise.all(window.changes.map((change) => change.catch(({ type }) => type)));
  expect(await ann.evaluate(types)).toContain('invalid-request');
  await untilHappened(ann, 'status online');
});

it('who is no more the host when the server is back changes nothing, and is told so', async () => {
  const server = await startTestServer({ environment: { LEAVE_GRACE_MS: '500' } });
  const proxy = await TcpProxy.start(server.port);
  onTestFinished(async () => {
    await proxy.close();
    await server.stop();
  });
  const [ann, bob] = await Promise.all([openPage(), openPage()]);
  const { code } = await come(ann, 'createRoom', {
    ...WHERE,
    server: `http://127.0.0.1:${proxy.port}`,
  });
  const near = { ...WHERE, server: `http://127.0.0.1:${server.port}` };
  const { id } = await come(bob, 'joinRoom', near, code);
  await untilLinked(ann, 1);
  proxy.upstream = undefined;
  proxy.reset();
  await untilHappened(bob, `host ${id}`);
  const answer = ann.evaluate(() => window.room.setState({ round: 2 }).catch(({ type }) => type));
  proxy.upstream = server.port;
  expect(await answer).toBe('not-the-host');
  expect(await ann.evaluate(() => [window.room.isHost, window.room.state])).toEqual([false, {}]);
});

it('the host is the same while it is not back yet at a server that has ended all sockets, as a deploy does', async () => {
  const ann = await host();
  const page = await openPage();
  let told = '';
  let socket: WebSocketRoute | undefined;
  await page.routeWebSocket(/peerjs/, (route) => {
    socket = route;
    route.connectToServer().onMessage((message) => {
      if (String(message).startsWith('{"type":"ROOM"')) told = String(message);
      route.send(message);
    });
  });
  const { id } = await come(page, 'joinRoom', WHERE, ann.code);
  await untilLinked(page, 1);
  const { payload } = JSON.parse(told) as { payload: { v: number; peers: { id: string }[] } };
  const peers = payload.peers.filter((peer) => peer.id === id);
  socket?.send(JSON.stringify({ type: 'ROOM', payload: { ...payload, v: payload.v + 1, peers } }));
  await untilTrue(page, (host) => window.room.peers.get(host)?.away, ann.id);
  expect(await viewOf(page)).toMatchObject({ hostId: ann.id, isHost: false });
});

it('what is said to a host who has just gone waits for the next one, who may be the one who said it', async () => {
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const ann = await host();
  const bob = await guest(ann.code);
  const cid = await openPage();
  const where = { ...WHERE, server: `http://127.0.0.1:${proxy.port}` };
  const { id } = await come(cid, 'joinRoom', where, ann.code);
  await Promise.all([ann.page, bob.page, cid].map((page) => untilLinked(page, 2)));
  const sayToHost = (text: string) =>
    cid.evaluate((text) => window.say.send(text, { to: window.room.hostId }), text);
  // The link tells Cid that the host goes. Of the next one he does not know yet.
  for (const [leaver, next, text] of [
    [ann, bob, 'to the next host'],
    [bob, { page: cid, id }, 'to myself'],
  ] as const) {
    proxy.hold();
    await leaver.page.evaluate(() => window.room.leave());
    await untilHappened(cid, `peerleave ${leaver.id}`);
    await sayToHost(text);
    proxy.letGo();
    await untilHappened(cid, `host ${next.id}`);
    await untilHeard(next.page, text);
  }
  expect(await cid.evaluate(() => window.heard)).toEqual(['to myself']);
});

it('the host changes what the room says of itself, and its password', async () => {
  const ann = await host();
  await ann.page.evaluate(() => window.room.update({ meta: { mode: 'duel' }, public: true }));
  await ann.page.evaluate(() => window.room.update({ password: 'sesame' }));
  await expect(guest(ann.code)).rejects.toThrow('wrong-password: ');
  const bob = await guest(ann.code, { password: 'sesame' });
  expect(await bob.page.evaluate(() => window.room.meta)).toEqual({ mode: 'duel' });
});

it('a kicked player is told so once more when it comes back, and may then take another seat', async () => {
  const ann = await host();
  const bob = await guest(ann.code);
  await untilLinked(ann.page, 1);
  await ann.page.evaluate((id) => window.room.kick(id), bob.id);
  await untilHappened(bob.page, 'status left kicked');
  const comeBack = () => come(bob.page, 'joinRoom', WHERE, ann.code, { name: 'Bob' });
  await expect(comeBack()).rejects.toThrow('kicked: ');
  expect((await comeBack()).id).not.toBe(bob.id);
  await untilLinked(ann.page, 1);
  expect((await viewOf(ann.page)).names).toEqual(['Ann', 'Bob']);
});

it('a banned player is out, and does not come back', async () => {
  const ann = await host();
  const bob = await guest(ann.code);
  await untilLinked(ann.page, 1);
  await ann.page.evaluate((id) => window.room.ban(id), bob.id);
  await untilHappened(ann.page, `peerleave ${bob.id}`);
  await untilTrue(bob.page, () => window.room.status === 'left');
  for (const _ of ['once', 'twice']) {
    const again = come(bob.page, 'joinRoom', WHERE, ann.code, { name: 'Bob' });
    await expect(again).rejects.toThrow('banned: ');
  }
});

it('a room without a code of a game has no lock', async () => {
  const page = await openPage();
  await come(page, 'joinRoom', {}, 'open-table');
  expect(await page.evaluate(() => window.room.lock().catch(({ type }) => type))).toBe(
    'not-managed',
  );
});

it('a public room is listed, and can be joined from the list', async () => {
  const ann = await host({ public: true, meta: { mode: 'chess' } });
  const bob = await openPage();
  const listed = () =>
    bob.evaluate((where) => window.kit.listRooms(where, { 'meta.mode': 'chess' }), WHERE);
  await expect
    .poll(listed)
    .toMatchObject([{ code: ann.code, size: 4, taken: 1, host: { name: 'Ann' } }]);
  await come(bob, 'joinRoom', WHERE, ann.code, { name: 'Bob' });
  await Promise.all([untilLinked(ann.page, 1), untilLinked(bob, 1)]);
});

it('strangers are matched, and their room begins when it is full', async () => {
  const pages = await Promise.all([openPage(), openPage()]);
  const settings = { size: 2, mode: 'duel' };
  const [ann, bob] = await Promise.all(
    pages.map((page, n) => come(page, 'quickMatch', WHERE, { ...settings, name: `P${n}` })),
  );
  expect(ann?.code).toBe(bob?.code);
  await Promise.all(pages.map((page) => untilLinked(page, 1)));
  for (const page of pages) await untilTrue(page, () => window.room.started);
});

it('the term grows when the one who made a matched room connects behind another player, and is the host', async () => {
  const [ann, bob] = await Promise.all([openPage(), openPage()]);
  let letGo = () => {};
  const isHeld = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let asked = () => {};
  const isAsking = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await ann.routeWebSocket(/peerjs\?/, async (socket) => {
    asked();
    await isHeld;
    socket.connectToServer();
  });
  await ann.reload();
  await loadKit(ann, origin());
  const settings = { size: 3, mode: 'late' };
  const coming = come(ann, 'quickMatch', WHERE, settings);
  await isAsking;
  await come(bob, 'quickMatch', WHERE, settings);
  const before = await bob.evaluate(() => window.room.term);
  letGo();
  const { id } = await coming;
  await untilHappened(bob, `host ${id}`);
  const terms = await Promise.all([ann, bob].map((it) => it.evaluate(() => window.room.term)));
  expect(terms[1]).toBe(terms[0]);
  expect(terms[1]).toBeGreaterThan(before);
});

it('in a star each has a link to the host alone, and to the next host when that one leaves', async () => {
  const star = { game: 'quiz', star: true };
  const first = await openPage();
  const { code } = await come(first, 'createRoom', star, { name: 'P0' });
  const others: Page[] = [];
  for (const name of ['P1', 'P2', 'P3']) {
    const page = await openPage();
    await come(page, 'joinRoom', star, code, { name });
    others.push(page);
  }
  const [next = expect.fail(), ...rest] = others;
  const ways = (page: Page) =>
    page.evaluate(() =>
      [...window.room.peers.values()]
        .map(({ via }) => via)
        .sort()
        .join(),
    );
  await untilLinked(first, 3);
  for (const page of others) await expect.poll(() => ways(page)).toBe('direct,none,none');
  for (const page of others) expect(await openConnections(page)).toBe(1);
  await say(rest[0] ?? next, 'to the host');
  await untilHeard(first, 'to the host');

  await first.close();
  await untilLinked(next, 2);
  for (const page of rest) await expect.poll(() => ways(page)).toBe('direct,none');
  await say(next, 'to all');
  for (const page of rest) await untilHeard(page, 'to all');
});

it('a server that is started anew puts nobody out, and leaves the game what it knows of the room', async () => {
  const environment = { MAX_PEERS_PER_ROOM: '1' };
  const first = await startTestServer({ environment });
  const server = `http://127.0.0.1:${first.port}`;
  const open = () => openKitPage(context(), site(), server);
  const pages = await Promise.all([open(), open()]);
  const [ann, bob] = pages;
  const { code } = await come(ann, 'createRoom', WHERE, { size: 3 });
  await come(bob, 'joinRoom', WHERE, code);
  await ann.evaluate(() => window.room.setState({ round: 2 }));
  await untilLinked(ann, 1);
  await first.stop();
  await Promise.all(pages.map((page) => untilHappened(page, 'status reconnecting')));
  const second = await startTestServer({ port: first.port, environment });
  try {
    await Promise.all(pages.map((page) => untilHappened(page, 'status online')));
    for (const page of pages) {
      await untilTrue(page, () => window.room.players.every(({ away }) => !away));
      expect(await page.evaluate(() => [window.room.size, window.room.state])).toEqual([
        3,
        { round: 2 },
      ]);
      expect(await openConnections(page)).toBe(1);
    }
  } finally {
    await second.stop();
  }
});

it.runIf(RUNTIME === 'Node')(
  'with ROOMS_FILE a restart leaves the room as it was made: the host changes it, and a reload finds it',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rooms-'));
    const environment = { ROOMS_FILE: join(folder, 'rooms.json') };
    const first = await startTestServer({ environment });
    const server = `http://127.0.0.1:${first.port}`;
    const open = () => openKitPage(context(), site(), server);
    const [ann, bob] = await Promise.all([open(), open()]);
    const { code } = await come(ann, 'createRoom', WHERE, { name: 'Ann' });
    const { id } = await come(bob, 'joinRoom', WHERE, code, { name: 'Bob' });
    await ann.evaluate(() => window.room.setState({ round: 2 }));
    await first.stop();
    await Promise.all([ann, bob].map((page) => untilHappened(page, 'status reconnecting')));
    const second = await startTestServer({ port: first.port, environment });
    try {
      await Promise.all([ann, bob].map((page) => untilHappened(page, 'status online')));
      await ann.evaluate(() => window.room.setState({ round: 3 }));
      await bob.reload();
      await loadKit(bob, server);
      expect(await come(bob, 'joinRoom', WHERE, code)).toMatchObject({ id });
      expect(await bob.evaluate(() => window.room.state)).toEqual({ round: 3 });
      await untilLinked(ann, 1);
    } finally {
      await second.stop();
      await rm(folder, { recursive: true });
    }
  },
);

it.runIf(RUNTIME === 'Node')(
  'a crash costs no player the game whose seat is not in ROOMS_FILE yet: it gets another one',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rooms-'));
    const file = join(folder, 'rooms.json');
    const environment = { ROOMS_FILE: file };
    const first = await startTestServer({ environment });
    const server = `http://127.0.0.1:${first.port}`;
    const open = () => openKitPage(context(), site(), server);
    const [ann, bob] = await Promise.all([open(), open()]);
    const { code } = await come(ann, 'createRoom', WHERE, { name: 'Ann' });
    await expect.poll(() => readFile(file, 'utf8')).toContain(code);
    const before = await readFile(file, 'utf8');
    const { id } = await come(bob, 'joinRoom', WHERE, code, { name: 'Bob' });
    await untilLinked(ann, 1);
    await first.kill();
    await writeFile(file, before);
    await Promise.all([ann, bob].map((page) => untilHappened(page, 'status reconnecting')));
    const second = await startTestServer({ port: first.port, environment });
    try {
      await Promise.all([ann, bob].map((page) => untilHappened(page, 'status online')));
      await expect.poll(() => viewOf(ann)).toMatchObject({ names: ['Ann', 'Bob'] });
      await ann.evaluate(() => window.room.setState({ round: 2 }));
      await untilTrue(bob, () => window.room.state.round === 2);
      expect(await bob.evaluate(() => window.room.selfId)).toBe(id);
      expect(await openConnections(ann)).toBe(1);
    } finally {
      await second.stop();
      await rm(folder, { recursive: true });
    }
  },
);
