import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { SignJWT } from 'jose';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import {
  come,
  enter,
  loadKit,
  openKitPage,
  say,
  untilHeard,
  untilLinked,
  wallOff,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { startMuteServer } from '../support/muteServer.ts';
import { startOfficialServers } from '../support/officialServer.ts';
import { startTestServer, useServer } from '../support/servers.ts';
import { splitKit } from '../support/splitKit.ts';

// What joinRoom rejects with. It never waits for longer than 10 s.

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

function openPage(): Promise<Page> {
  return openKitPage(context(), site(), origin());
}

/** A server whose answers say nothing but what the kit needs to go on, and that opens no socket. */
async function startSocketlessServer(): Promise<Server> {
  const server = await startMuteServer();
  return server.on('request', (_, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end(JSON.stringify({ iceServers: [], ttl: 60 }));
  });
}

/** The same, with the sockets of the official server, which knows no ROOM. */
async function startRoomlessServer(): Promise<Server> {
  const official = await startOfficialServers([{}]);
  onTestFinished(() => official.stop());
  const server = await startSocketlessServer();
  const port = Number(new URL(official.origins[0] ?? '').port);
  return server.on('upgrade', ({ rawHeaders, url = '' }, socket) => {
    const upstream = connect(port, '127.0.0.1');
    for (const end of [socket, upstream]) end.on('error', () => end.destroy());
    // Its path is `/`.
    upstream.write(`GET ${url.replace(/^.*(?=\/peerjs)/, '')} HTTP/1.1\r\n`);
    upstream.write(rawHeaders.join('\r\n').replace(/(\r\n)([^\r]*)(\r\n|$)/g, ': $2\r\n'));
    upstream.write('\r\n');
    upstream.pipe(socket).pipe(upstream);
  });
}

it('no-server, where nobody answers', async () => {
  const where = { server: 'http://127.0.0.1:9' };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow(
    'no-server: http://127.0.0.1:9 does not answer.',
  );
});

it('no-server, where the server does not let the page in', async () => {
  const choosy = await startTestServer({
    environment: { ALLOWED_ORIGINS: 'https://game.example' },
  });
  onTestFinished(() => choosy.stop());
  const where = { server: `http://127.0.0.1:${choosy.port}`, game: 'pong' };
  await expect(come(await openPage(), 'createRoom', where)).rejects.toThrow(
    /no-server: .* Does ALLOWED_ORIGINS let this page in/,
  );
});

it('no-server, where a proxy answers for a server that is being started anew', async () => {
  const proxy = await startMuteServer();
  proxy.on('request', (_, response) => {
    response.writeHead(502, { 'Access-Control-Allow-Origin': '*' });
    response.end('<!doctype html><h1>Bad Gateway</h1>');
  });
  const server = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const page = await openPage();
  const message = 'no-server: The server answers 502.';
  await expect(come(page, 'createRoom', { server, game: 'pong' })).rejects.toThrow(message);
  await expect(enter(page, { where: { server }, code: 'a' })).rejects.toThrow(message);
});

it('no-server, where the address is none', async () => {
  const where = { server: 'file:///game' };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow('no-server: Say');
});

it('old-server, where the server knows no rooms', async () => {
  const official = await startOfficialServers([{}]);
  onTestFinished(() => official.stop());
  const [server = ''] = official.origins;
  const where = { server };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow('old-server: ');
});

it('old-server, where the answer to everything is a page, as from the server of a bundler', async () => {
  const bundler = await startMuteServer();
  bundler.on('request', (_, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.end('<!doctype html>');
  });
  const server = `http://127.0.0.1:${(bundler.address() as AddressInfo).port}`;
  const page = await openPage();
  await expect(enter(page, { where: { server }, code: 'a' })).rejects.toThrow('old-server: ');
  await expect(come(page, 'createRoom', { server, game: 'a' })).rejects.toThrow('old-server: ');
  const listed = page.evaluate(
    (server) => window.kit.listRooms({ server, game: 'a' }).catch(({ type }) => type),
    server,
  );
  expect(await listed).toBe('old-server');
});

it.each([
  ['a static host', 404],
  ['the server of a bundler', 200],
])(
  'no-server, where the game does not say where the server is, and its script comes from %s',
  async (_, status) => {
    const parts = await splitKit("export * from './index.ts'");
    const page = await openPage();
    await page.route(
      (url) => url.href.startsWith(site().url),
      (route) => {
        const part = parts.find(({ name }) => route.request().url().endsWith(name));
        return part === undefined
          ? route.fulfill({ status, contentType: 'text/html', body: '<!doctype html>' })
          : route.fulfill({ contentType: 'text/javascript', body: part.text });
      },
    );
    await page.evaluate((url) => window.load(url), `${site().url}split/stdin.js`);
    const message = `no-server: ${new URL(site().url).origin} is no PeerJS server. Say where the server is`;
    await expect(enter(page, { where: {}, code: 'a' })).rejects.toThrow(message);
    await expect(come(page, 'createRoom', { game: 'pong' })).rejects.toThrow(message);
  },
);

it('whatever fits, where a server leaves it waiting', async () => {
  const cases = [
    { type: 'no-server', server: await startMuteServer() },
    { type: 'blocked-socket', server: await startSocketlessServer() },
    { type: 'old-server', server: await startRoomlessServer() },
  ];
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const inRoom = await openPage();
  await enter(inRoom, { where: { server: `http://127.0.0.1:${proxy.port}` }, code: 'held' });
  proxy.hold();
  const change = inRoom.evaluate(() =>
    window.room.set({ name: 'Ann' }).catch(({ type }) => [type, window.room.status]),
  );
  const waits = cases.map(async ({ type, server }) => {
    const page = await openPage();
    const where = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const started = Date.now();
    await expect(enter(page, { where, code: 'a' })).rejects.toThrow(`${type}: `);
    return Date.now() - started;
  });
  // Before the socket counts as dead.
  expect(await change).toEqual(['offline', 'online']);
  // After 9.5 s, if the machine is not busy.
  expect(Math.max(...(await Promise.all(waits)))).toBeLessThan(30_000);
});

it('insecure-server, where a secure page asks one that is not', async () => {
  const page = await openPage();
  await page.route('https://game.example/**', async (route) => {
    const isScript = route.request().url().endsWith('.js');
    const there = isScript ? `${origin()}/client.bundle.js` : site().url;
    await route.fulfill({ response: await route.fetch({ url: there }) });
  });
  await page.route('https://game.example/game.js', async (route) =>
    route.fulfill({ response: await route.fetch({ url: `${site().url}game.js` }) }),
  );
  await page.goto('https://game.example/');
  await loadKit(page, 'https://game.example');
  const where = { server: 'http://server.example' };
  await expect(enter(page, { where, code: 'a' })).rejects.toThrow('insecure-server: ');
});

it('no-webrtc, where the browser has none', async () => {
  const page = await openPage();
  await page.evaluate(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
  await expect(enter(page, { where: {}, code: 'a' })).rejects.toThrow('no-webrtc: ');
});

it('not-loaded, where what the game’s bundler has split off does not come', async () => {
  const parts = await splitKit("export * from './index.ts'");
  let isAway = true;
  const page = await openPage();
  await page.route(`${site().url}split/*`, (route) => {
    const part = parts.find(({ name }) => route.request().url().endsWith(name));
    if (part === undefined || (isAway && !part.isFirst)) return route.abort();
    return route.fulfill({ contentType: 'text/javascript', body: part.text });
  });
  const join = async () => {
    await page.evaluate((url) => window.load(url), `${site().url}split/stdin.js`);
    return enter(page, { where: { server: origin() }, code: 'split' });
  };
  await expect(join()).rejects.toThrow('not-loaded: ');
  isAway = false;
  await page.reload();
  await join();
});

it('room-full, where all seats are taken', async () => {
  const pages = await Promise.all([1, 2, 3, 4, 5].map(openPage));
  const [fifth = expect.fail(), ...four] = pages;
  await Promise.all(four.map((page) => enter(page, { where: {}, code: 'full' })));
  await expect(enter(fifth, { where: {}, code: 'full' })).rejects.toThrow(
    'room-full: The room is full',
  );
});

it('invalid-key, where the key is another one', async () => {
  const guarded = await startTestServer({ environment: { PEERJS_KEY: 'mine' } });
  onTestFinished(() => guarded.stop());
  const server = `http://127.0.0.1:${guarded.port}`;
  const page = await openPage();
  await expect(enter(page, { where: { server }, code: 'a' })).rejects.toThrow('invalid-key: ');
  await enter(page, { where: { server, key: 'mine' }, code: 'a' });
});

it('invalid-token, where the server wants a signed one', async () => {
  const secret = 'a secret of at least thirty-two characters';
  const guarded = await startTestServer({ environment: { JWT_SECRET: secret } });
  onTestFinished(() => guarded.stop());
  const server = `http://127.0.0.1:${guarded.port}`;
  const page = await openPage();
  await expect(enter(page, { where: { server }, code: 'a' })).rejects.toThrow('invalid-token: ');
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  await enter(page, { where: { server, token }, code: 'a' });
});

it('invalid-request, where a name is too long', async () => {
  const profile = { name: 'x'.repeat(41) };
  await expect(enter(await openPage(), { where: {}, code: 'a', profile })).rejects.toThrow(
    'invalid-request: set.name',
  );
});

it('invalid-request, where a later name is too long, and it is not said again', async () => {
  const page = await openPage();
  await enter(page, { where: {}, code: 'named', profile: { name: 'Ann' } });
  const refused = page.evaluate(() =>
    window.room.set({ name: 'x'.repeat(41) }).catch(({ type }) => type),
  );
  expect(await refused).toBe('invalid-request');
  await page.evaluate(() => window.room.set({ ready: true }));
  expect(await page.evaluate(() => window.room.players[0])).toMatchObject({
    name: 'Ann',
    ready: true,
  });
});

it.each([
  ['is too long', { picture: 'x'.repeat(2_000_000) }],
  ['JSON cannot hold', { count: 1n }],
])('invalid-request, at once, for what %s, and it is not said again', async (_, data) => {
  const page = await openPage();
  const outcome = page.evaluate(async (data) => {
    const { kit } = window;
    const where = { game: 'pong' };
    const typeOf = (promise: Promise<unknown>) => promise.catch(({ type }) => type);
    const types = [await typeOf(kit.createRoom(where, { data }))];
    const room = await kit.createRoom(where, { name: 'Ann' });
    types.push(await typeOf(kit.joinRoom(where, room.code, { data })));
    types.push(await typeOf(room.setState(data)), await typeOf(room.set({ data })));
    types.push(await typeOf(room.update({ meta: data })));
    await room.set({ name: 'Bob' });
    return [types, room.players.map(({ name }) => name)];
  }, data);
  expect(await outcome).toEqual([Array(5).fill('invalid-request'), ['Bob']]);
});

it('no-such-room, where there is no code', async () => {
  const page = await openPage();
  for (const where of [{}, { game: 'pong' }]) {
    for (const code of [null, '', '..']) {
      await expect(come(page, 'joinRoom', where, code)).rejects.toThrow('no-such-room: ');
    }
  }
});

it('invalid-request, where a page in plain JavaScript says nothing of where it makes a room', async () => {
  const page = await openPage();
  for (const how of ['createRoom', 'quickMatch'] as const) {
    await expect(come(page, how)).rejects.toThrow('invalid-request: Name the game');
  }
  // It may come into one that nobody makes.
  for (const where of ['undefined', 'null']) {
    const code = await page.evaluate(
      `window.kit.joinRoom(${where}, 'anywhere').then((room) => room.code)`,
    );
    expect(code).toBe('anywhere');
  }
});

it('not-managed, where a password is for a room that nobody made', async () => {
  const page = await openPage();
  await enter(page, { where: {}, code: 'open' });
  const refused = page.evaluate(() =>
    window.room.update({ password: 'moon' }).catch(({ type }) => type),
  );
  expect(await refused).toBe('not-managed');
});

it('invalid-request, where a room is made for no game', async () => {
  const page = await openPage();
  const made = page.evaluate(() => window.kit.createRoom({}).catch(({ type }) => type));
  expect(await made).toBe('invalid-request');
});

/** Two players between whom there is no path. */
async function walledOff(server: string): Promise<[Page, Page]> {
  const [ann = expect.fail(), bob = expect.fail()] = await Promise.all([openPage(), openPage()]);
  await wallOff(ann);
  for (const page of [ann, bob]) await enter(page, { where: { server }, code: 'walled' });
  await untilTrue(ann, () => window.room.peers.size === 1);
  return [ann, bob];
}

it('a player to whom there is no path is lost, with the reason, and is found again when there is one', async () => {
  const [ann, bob] = await walledOff(origin());
  const started = Date.now();
  const isLost = () => {
    const [peer] = window.room.peers.values();
    return peer?.via === 'lost' && peer.reason;
  };
  for (const page of [ann, bob]) {
    expect(await untilTrue(page, isLost)).toBe('no-path');
  }
  // After 10 s, if the machine is not busy.
  expect(Date.now() - started).toBeLessThan(40_000);

  await say(ann, 'waits until there is a path');
  await ann.evaluate(() => window.allowPaths());
  await untilHeard(bob, 'waits until there is a path');
});

it('two who are far from the server have a link at the first attempt', async () => {
  const pages = await Promise.all([openPage(), openPage()]);
  await Promise.all(
    pages.map(async (page) => {
      await page.evaluate(() => {
        window.WebSocket = class extends WebSocket {
          override set onmessage(listener: (event: MessageEvent) => void) {
            super.onmessage = (event) => setTimeout(() => listener(event), 3000);
          }
        };
      });
      await enter(page, { where: {}, code: 'far' });
    }),
  );
  await Promise.all(pages.map((page) => untilLinked(page, 1)));
  // Each attempt makes a connection.
  const made = await Promise.all(
    pages.map((page) => page.evaluate(() => window.connections.length)),
  );
  expect(made).toEqual([1, 1]);
});

it('a page waits no longer for a link because its socket failed at first, and not for ever because it stood still meanwhile', async () => {
  const waits = [true, false].map(async (isRefused) => {
    const [ann, bob] = [await openPage(), await openPage()];
    await wallOff(ann);
    const room = { where: {}, code: `late-${isRefused}` };
    await enter(ann, room);
    await bob.evaluate((isRefused) => {
      const Free = window.WebSocket;
      window.WebSocket = class extends Free {
        constructor(url: string | URL) {
          super(isRefused ? 'ws://127.0.0.1:1' : url);
          window.WebSocket = Free;
          const now = performance.now.bind(performance);
          performance.now = () => now() + 300_000;
        }
      };
    }, isRefused);
    await enter(bob, room);
    // Who comes later calls: each attempt makes a connection.
    await untilTrue(bob, () => window.connections.length > 0);
    const started = Date.now();
    await untilTrue(bob, () => window.connections.length > 1);
    return Date.now() - started;
  });
  const [afterRefusal = 0, afterStandstill = 0] = await Promise.all(waits);
  // After 5 s and 10 s, if the machine is not busy.
  expect(afterRefusal).toBeLessThan(afterStandstill - 2000);
  expect(afterStandstill).toBeLessThan(40_000);
});

it('a player is reached once there is a path, also where the clocks of both were set back meanwhile', async () => {
  const [ann, bob] = await walledOff(origin());
  for (const page of [ann, bob]) {
    await page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() - 3_600_000;
    });
  }
  await ann.evaluate(() => window.allowPaths());
  await Promise.all([untilLinked(ann, 1), untilLinked(bob, 1)]);
});

it('a page that goes back to what its browser has kept is found again, also if it had no path yet', async () => {
  const [ann, bob] = await walledOff(origin());
  const turn = (page: Page, name: string) =>
    page.evaluate((name) => {
      window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
    }, name);
  await turn(ann, 'pagehide');
  await untilTrue(bob, () => window.room.peers.size === 0);
  await ann.evaluate(() => window.allowPaths());
  await turn(ann, 'pageshow');
  await untilLinked(ann, 1);
  await say(ann, 'back again');
  await untilHeard(bob, 'back again');
  expect(await bob.evaluate(() => window.room.peers.size)).toBe(1);
});

it('a player to whom there is no path is reached by way of a server that relays', async () => {
  const server = await startTestServer({ environment: { RELAY: 'on' } });
  onTestFinished(() => server.stop());
  const [ann, bob] = await walledOff(`http://127.0.0.1:${server.port}`);
  // More than the server takes at once, and longer than it takes in one message.
  const said = [...Array(30).keys(), 'x'.repeat(70_000), 'last'];
  await ann.evaluate((said) => {
    for (const it of said) window.say.send(it);
  }, said);
  await untilHeard(bob, 'last');
  expect(await bob.evaluate(() => window.heard)).toEqual(said);
  await bob.evaluate(() => {
    // An unreliable message like that is lost.
    window.sayFast.send('x'.repeat(70_000));
    window.sayFast.send('and back');
  });
  await untilTrue(ann, () => window.heardFast.includes('and back'));
  for (const page of [ann, bob]) {
    expect(await page.evaluate(() => [...window.room.peers.values()][0]?.via)).toBe('server');
  }
  const [report] = await Promise.all([
    bob.waitForRequest(/links$/),
    bob.evaluate(() => window.room.leave()),
  ]);
  expect(report.postDataJSON()).toMatchObject({
    links: [{ connected: true, route: 'server' }],
  });
});
