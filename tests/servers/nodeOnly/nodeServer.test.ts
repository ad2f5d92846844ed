import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { bundledModule, bundleServer } from '../../../selfhost/node/bundleServer.ts';
import {
  createPeerServer,
  type PeerClient,
  type PeerServer,
} from '../../../src/createPeerServer.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';
import { listenHere } from '../../support/listenHere.ts';
import { RawConnection, upgradeRequest } from '../../support/rawConnection.ts';
import { startTestServer, useServer } from '../../support/servers.ts';
import { TestPeer } from '../../support/testPeer.ts';

const HEARTBEAT = '{"type":"HEARTBEAT"}';
const QUIET = { LOG_LEVEL: 'off' };

/** What a test has opened, to be closed behind it. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A server in this process. @param onEnd gets what closes it. By default the end of any test does. */
async function listening(
  options: Parameters<typeof createPeerServer>[0] = {},
  onEnd: (close: () => Promise<void>) => unknown = (close) => opened.push(close),
) {
  const server = createPeerServer({ ...options, settings: { ...QUIET, ...options.settings } });
  const { port } = await server.listen(0, '127.0.0.1');
  onEnd(() => server.close());
  return { server, port, origin: `http://127.0.0.1:${port}` };
}

/** An answer that may come from the program around the server, so that no reference describes it. */
async function answerTo(url: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** A frame as a client sends it, masked with zeros. */
function frameOf(opcode: number, payload: string | Buffer): Buffer {
  const data = Buffer.from(payload);
  const header =
    data.length < 126
      ? [0x80 | opcode, 0x80 | data.length]
      : [0x80 | opcode, 0xfe, data.length >> 8, data.length & 0xff];
  return Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), data]);
}

async function joinedRaw(port: number, path: string, id: string): Promise<RawConnection> {
  const connection = new RawConnection(port);
  opened.push(() => connection.socket.destroy());
  connection.send(upgradeRequest(`${path}/peerjs?key=peerjs&id=${id}&token=${id}`));
  await connection.until('{"type":"OPEN"}');
  return connection;
}

async function statusOfUpgrade(port: number): Promise<number | undefined> {
  const connection = new RawConnection(port);
  connection.send(upgradeRequest('/peerjs?key=peerjs&id=late&token=late'));
  const status = await connection.status();
  connection.socket.destroy();
  return status;
}

describe('the server on Node stops', () => {
  it('at SIGTERM: peers are told to come back, nobody is told that others left, and the log says so', async () => {
    const path = join(tmpdir(), `node-server-${process.pid}.log`);
    const log = await open(path, 'w');
    const server = await startTestServer({ output: log.fd }, 'Node');
    await log.close();
    const origin = `http://127.0.0.1:${server.port}`;
    const peers = await Promise.all(
      ['/', '/room/a', '/room/a', '/app'].map((at) => TestPeer.open(origin, { path: at })),
    );
    await server.stop();
    for (const peer of peers) {
      expect(await peer.untilClosed()).toEqual({ code: 1012, reason: 'restarting' });
      expect(peer.pending).toEqual([]);
    }
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(await readFile(path, 'utf8')).toMatch(/"event":"server.stopping".*"sockets":4/);
    await rm(path);
  });

  it('without waiting for a key server: a peer that is not let in yet gets 503', async () => {
    const isAsked = Promise.withResolvers<void>();
    // It never answers.
    const keys = createServer(() => isAsked.resolve());
    const keyPort = await listenHere(keys);
    opened.push(() => {
      keys.closeAllConnections();
      keys.close();
    });
    const settings = { JWT_JWKS_URL: `http://localhost:${keyPort}/` };
    const { server, port } = await listening({ settings });
    const late = new RawConnection(port);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'ES256', kid: 'one' })}.${part({ sub: 'late' })}.${'A'.repeat(86)}`;
    late.send(upgradeRequest(`/peerjs?key=peerjs&id=late&token=${token}`));
    await isAsked.promise;
    const stopped = server.close();
    expect(await late.status()).toBe(503);
    late.socket.end();
    await stopped;
  });

  it('after 5 s, where a client does not close its socket, for each who waits for that', async () => {
    const { server, port } = await listening();
    const stubborn = await joinedRaw(port, '', 'stubborn');
    const start = performance.now();
    void server.close();
    await server.close();
    expect(performance.now() - start).toBeGreaterThan(4000);
    expect(performance.now() - start).toBeLessThan(15_000);
    await expect.poll(() => stubborn.isClosed).toBe(true);
  });

  // Node would wait two minutes for it.
  it('without waiting for a client of HTTPS that has not begun to speak', async () => {
    const { server, port } = await listening({ tls: { key: PRIVATE_KEY, cert: CERTIFICATE } });
    const silent = new RawConnection(port);
    await once(silent.socket, 'connect');
    const peer = await TestPeer.open(`https://localhost:${port}`, { ca: CERTIFICATE });
    const start = performance.now();
    await server.close();
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(await peer.untilClosed()).toEqual({ code: 1012, reason: 'restarting' });
    await expect.poll(() => silent.isClosed).toBe(true);
  });

  it('on each port on which it listens, and on one that it was about to', async () => {
    const { server, port } = await listening();
    const { port: another } = await server.listen(0, '127.0.0.1');
    const late = server.listen(0, '127.0.0.1');
    await Promise.all([server.close(), expect(late).rejects.toThrow('the server was closed')]);
    await expect(server.listen(0, '127.0.0.1')).rejects.toThrow('the server was closed');
    for (const closed of [port, another]) {
      await expect(answerTo(`http://127.0.0.1:${closed}/`)).rejects.toThrow('ECONNREFUSED');
    }
  });
});

describe('the server on Node holds as many connections as it can', () => {
  it('turns newcomers away with 503, those inside play on, and it recovers', async () => {
    const { port, origin } = await listening({ maxConnections: 20 });
    const inside = [];
    while (inside.length < 18) inside.push(await TestPeer.open(origin));
    expect(await statusOfUpgrade(port)).toBe(503);

    const [alice, bob] = inside;
    if (alice === undefined || bob === undefined) throw new Error('unreachable');
    alice.send({ type: 'OFFER', dst: bob.id, payload: 'sdp' });
    expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });

    await bob.close();
    await expect.poll(() => statusOfUpgrade(port)).toBe(101);
  });

  it('makes room by closing peers that have been silent for too long, even those that send no heartbeats', async () => {
    const { port, origin } = await listening({
      maxConnections: 5,
      settings: { ALIVE_TIMEOUT_MS: '1000' },
    });
    const silent = [];
    while (silent.length < 4) silent.push(await TestPeer.open(origin));
    await sleep(1100);
    expect(await statusOfUpgrade(port)).toBe(503);
    for (const peer of silent) expect((await peer.untilClosed()).code).toBe(4001);
    await expect.poll(() => statusOfUpgrade(port)).toBe(101);
  });

  it('takes no more connections than that, also of those who say nothing', async () => {
    const { port, origin } = await listening({ maxConnections: 5 });
    const silent = Array.from({ length: 8 }, () => new RawConnection(port));
    opened.push(() => {
      for (const { socket } of silent) socket.destroy();
    });
    await expect.poll(() => silent.filter(({ isClosed }) => isClosed)).toHaveLength(3);
    for (const { socket } of silent) socket.destroy();
    await expect
      .poll(async () => (await fetch(`${origin}/health`).catch(() => undefined))?.status)
      .toBe(200);
  });

  // Only there a limit can be set for one process.
  it.skipIf(process.platform === 'win32')(
    'says how few descriptors it has, and outlives a moment in which none is left',
    async () => {
      const cli = join(await bundleServer(), 'cli.js');
      const child = spawn(
        '/bin/sh',
        [
          '-c',
          'ulimit -n 128; exec "$0" "$@"',
          process.execPath,
          cli,
          '-H',
          '127.0.0.1',
          '-p',
          '0',
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...QUIET } },
      );
      opened.push(() => child.kill('SIGKILL'));
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
      });
      const [line] = await once(child.stdout, 'data');
      const few = 'The limit of file descriptors is 128, and each peer takes one';
      await expect.poll(() => said).toContain(few);
      const port = Number(/port: (\d+)/.exec(String(line))?.[1]);
      const [alice, bob] = [
        await TestPeer.open(`http://127.0.0.1:${port}`),
        await TestPeer.open(`http://127.0.0.1:${port}`),
      ];
      const connections = Array.from({ length: 300 }, () => new RawConnection(port));
      for (const connection of connections) {
        connection.send(upgradeRequest('/peerjs?key=wrong&id=a&token=b'));
      }
      await expect
        .poll(() => connections.filter(({ isClosed }) => isClosed).length)
        .toBeGreaterThan(100);
      alice.send({ type: 'OFFER', dst: bob.id, payload: 'sdp' });
      expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });
      for (const { socket } of connections) socket.destroy();
      await expect.poll(() => statusOfUpgrade(port)).toBe(101);
      expect(child.exitCode).toBeNull();
    },
  );
});

// Each waits for seconds, so they do it side by side.
describe.concurrent('the server on Node ends the socket of a client that vanished without a word', () => {
  const settings = { ALIVE_TIMEOUT_MS: '1000', LEAVE_GRACE_MS: '500' };
  const path = '/room/vanished';

  it.for([
    ['has sent heartbeats', true],
    ['never sent any, and answers no ping', false],
  ] as const)('which %s', async ([, sendsHeartbeats], { onTestFinished }) => {
    const { origin } = await listening({ settings }, onTestFinished);
    const watcher = await TestPeer.open(origin, { path });
    const lost = await TestPeer.open(origin, { path });
    if (sendsHeartbeats) {
      lost.send(HEARTBEAT);
      await lost.next();
    }
    lost.socket.pause();
    onTestFinished(() => lost.socket.terminate());
    expect(await watcher.next()).toEqual({ type: 'LEAVE', src: lost.id });
    const listed = await fetch(`${origin}${path}/peerjs/peers`);
    expect(await listed.json()).toEqual([watcher.id]);
  });

  it('and not of one that sends no heartbeats, and answers pings', async ({ onTestFinished }) => {
    const { origin } = await listening({ settings }, onTestFinished);
    const quiet = await TestPeer.open(origin, { path });
    // Time itself: three times as long as a client may be silent.
    await sleep(3000);
    await quiet.settle();
    expect(quiet.closed).toBeUndefined();
  });

  it('after it was refused', async ({ expect, onTestFinished }) => {
    const { port } = await listening({}, onTestFinished);
    const refused = new RawConnection(port);
    refused.send(upgradeRequest('/peerjs?key=wrong&id=a&token=b'));
    await refused.until('invalid-key');
    expect(refused.isClosed).toBe(false);
    await expect.poll(() => refused.isClosed).toBe(true);
  });
});

describe('on Node', () => {
  const origin = useServer({ RATE_LIMIT_PER_SECOND: '10' }, 'Node');
  const port = () => Number(new URL(origin()).port);

  it('an id is free as soon as its page has said that it closes the socket', async () => {
    const path = '/room/closing';
    const closing = await joinedRaw(port(), path, 'alice');
    closing.send(frameOf(0x8, Buffer.from([0x03, 0xe9])));
    const next = await TestPeer.open(origin(), { path, id: 'alice' });
    // Its own end of the connection is still open.
    expect(closing.socket.writable).toBe(true);
    await next.settle();
  });

  it('the answer to a handshake goes out with OPEN, and what came with the handshake is read', async () => {
    const connection = new RawConnection(port());
    opened.push(() => connection.socket.destroy());
    const pieces: string[] = [];
    connection.socket.on('data', (data) => pieces.push(data.toString()));
    const request = upgradeRequest('/room/early/peerjs?key=peerjs&id=early&token=early');
    connection.send(Buffer.concat([Buffer.from(request), frameOf(0x1, HEARTBEAT)]));
    await connection.until('{"type":"LEAVE"}');
    expect(pieces[0]).toContain('{"type":"OPEN"}');
  });

  it('what comes in one piece for a peer goes out in one piece', async () => {
    const path = '/room/burst';
    const sender = await joinedRaw(port(), path, 'sender');
    const receiver = await joinedRaw(port(), path, 'receiver');
    let pieces = 0;
    receiver.socket.on('data', () => (pieces += 1));
    const messages = Array.from({ length: 50 }, (_, number) =>
      frameOf(0x1, JSON.stringify({ type: 'CANDIDATE', payload: number, dst: 'receiver' })),
    );
    sender.send(Buffer.concat(messages));
    await receiver.until('"payload":49');
    const payloads = [...receiver.received.matchAll(/"payload":(\d+)/g)].map(([, it]) =>
      Number(it),
    );
    expect(payloads).toEqual(Array.from({ length: 50 }, (_, number) => number));
    expect(pieces).toBeLessThan(5);
  });

  it.each([
    ['short', 'x', 0x01],
    ['of two bytes for its length', 'x'.repeat(200), 0x7e],
    ['of eight bytes for its length', 'x'.repeat(70_000), 0x7f],
    ['of other letters', '日本語 \u{1F600}'.repeat(40), 0x7e],
  ])('a frame %s arrives to the letter', async (_, payload) => {
    const peer = await TestPeer.open(origin());
    peer.send({ type: 'OFFER', payload, dst: peer.id });
    expect((await peer.next()).payload).toBe(payload);
  });

  it('a frame beyond all measure ends its socket alone', async () => {
    const path = '/room/monster';
    const other = await TestPeer.open(origin(), { path });
    const monster = await TestPeer.open(origin(), { path });
    monster.send('x'.repeat(33 * 1024 * 1024));
    expect((await monster.untilClosed()).code).toBe(1009);
    await other.settle();
    expect(other.closed).toBeUndefined();
  });

  it('heartbeats are answered one by one, and a peer that floods with them is ended', async () => {
    const peer = await TestPeer.open(origin());
    for (let number = 0; number < 5; number += 1) peer.send(HEARTBEAT);
    for (let number = 0; number < 5; number += 1) {
      expect(await peer.next()).toEqual({ type: 'LEAVE' });
    }
    const flood = setInterval(() => {
      for (let number = 0; number < 20; number += 1) peer.send(HEARTBEAT);
    }, 100);
    const closed = await peer.untilClosed();
    clearInterval(flood);
    expect(closed).toEqual({ code: 1008, reason: 'rate-limit-exceeded' });
  });
});

describe('the server on Node answers health checks', () => {
  // HAProxy sends the second by default, and neither has a Host header.
  it.each(['GET /health HTTP/1.0\r\n\r\n', 'OPTIONS / HTTP/1.0\r\n\r\n'])(
    '%j with 200',
    async (request) => {
      const { port } = await listening();
      const connection = new RawConnection(port);
      opened.push(() => connection.socket.destroy());
      connection.send(request);
      expect(await connection.status()).toBe(200);
    },
  );
});

describe('createPeerServer', () => {
  it('refuses a setting whose name is nearly right', () => {
    expect(() => createPeerServer({ settings: { MAX_PEER_PER_ROOM: '8' } })).toThrow(
      'MAX_PEER_PER_ROOM is no setting. Did you mean MAX_PEERS_PER_ROOM?',
    );
  });

  it('says which settings have no effect in one process', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    createPeerServer({ settings: { REALM_SHARDS: '4', LOCATION_HINT: 'weur' } });
    createPeerServer();
    const lines = warn.mock.calls.map(([line]) => JSON.parse(line) as { setting: string });
    warn.mockRestore();
    expect(lines.map(({ setting }) => setting)).toEqual(['REALM_SHARDS', 'LOCATION_HINT']);
  });

  it('serves HTTPS with a key pair', async () => {
    const { port } = await listening({ tls: { key: PRIVATE_KEY, cert: CERTIFICATE } });
    const peer = await TestPeer.open(`https://localhost:${port}`, { ca: CERTIFICATE });
    await peer.close();
  });

  it('answers an upgrade elsewhere with 404', async () => {
    const { port } = await listening();
    const connection = new RawConnection(port);
    connection.send(upgradeRequest('/elsewhere'));
    expect(await connection.status()).toBe(404);
  });

  it('tells a client of another version of WebSocket which one it speaks', async () => {
    const { port } = await listening();
    const connection = new RawConnection(port);
    opened.push(() => connection.socket.destroy());
    connection.send(
      upgradeRequest('/peerjs?key=peerjs&id=old&token=old').replace('Version: 13', 'Version: 8'),
    );
    expect(await connection.status()).toBe(426);
    expect(connection.received).toContain('Sec-WebSocket-Version: 13');
  });

  it('has the events of the official server', async () => {
    const { server, origin } = await listening();
    const events: string[] = [];
    server.on('connection', (client) => events.push(`+ ${client.getId()} ${client.getToken()}`));
    server.on('message', (client, { type, src, dst }) =>
      events.push(`${client.getId()}: ${type} ${src} ${dst}`),
    );
    server.on('disconnect', (client) => events.push(`- ${client.getId()} ${client.getPath()}`));
    server.on('error', (error) => events.push(error.name));

    const path = '/room/events';
    const peer = await TestPeer.open(origin, { path, id: 'alice', token: 'one' });
    peer.send({ type: 'OFFER', dst: 'alice', src: 'mallory' });
    peer.send('no message');
    peer.send('x'.repeat(2_000_000));
    await peer.next();
    const again = await TestPeer.open(origin, { path, id: 'alice', token: 'one' });
    await again.close();
    await expect.poll(() => events.at(-1)).toMatch(/^-/);
    expect(events).toEqual([
      '+ alice one',
      'alice: OFFER alice alice',
      'SyntaxError',
      '- alice /room/events',
      '+ alice one',
      '- alice /room/events',
    ]);
  });

  it('tells of no message where a frame is none, however large: it would take a second to copy', async () => {
    const { server, origin } = await listening();
    const events: string[] = [];
    server.on('message', (client, { type }) => events.push(`${client.getId()}: ${type}`));
    server.on('error', ({ name }) => events.push(name));
    const peer = await TestPeer.open(origin, { id: 'alice' });
    const start = performance.now();
    const large = [JSON.stringify('x'.repeat(1_000_000)), `[${'1,'.repeat(500_000)}1]`];
    for (const frame of [...large, 'null', '{}', '{"type":"LEAVE","dst":"x"}']) peer.send(frame);
    await peer.settle();
    expect(events.slice(0, 5)).toEqual([...Array(4).fill('TypeError'), 'alice: LEAVE']);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('lets a program write to a client that has gone, as the official server does', async () => {
    const { server, origin } = await listening();
    const gone = once(server, 'disconnect') as Promise<[PeerClient]>;
    await (await TestPeer.open(origin)).close();
    const [client] = await gone;
    expect(() => client.send({ type: 'LEAVE' })).not.toThrow();
  });

  it.each([
    ['code', 99_999, 'x', 'is no code'],
    ['code', 1006, 'x', 'is no code'],
    ['reason', 4000, 'é'.repeat(62), 'at most 123 bytes'],
  ])('closes no socket with a %s that its client could not read', async (_, code, reason, why) => {
    const { server, origin } = await listening();
    const joined = once(server, 'connection') as Promise<[PeerClient]>;
    const peer = await TestPeer.open(origin);
    const [client] = await joined;
    expect(() => client.getSocket().close(code, reason)).toThrow(why);
    client.getSocket().close(4000, 'é'.repeat(61));
    expect(await peer.untilClosed()).toEqual({ code: 4000, reason: 'é'.repeat(61) });
  });

  it("goes on when a listener throws, and tells of it as an 'error'", async () => {
    const { server, origin } = await listening();
    const errors: Error[] = [];
    server.on('error', (error) => errors.push(error));
    server.on('connection', () => {
      throw new Error('a mistake');
    });
    const peer = await TestPeer.open(origin);
    await peer.settle();
    expect(errors.map(({ message }) => message)).toEqual(['a mistake']);
  });

  it("ends its program where a listener of 'error' throws, as any emitter does, and not itself alone", async () => {
    const program = `
      import { createPeerServer } from '${await bundledModule()}';
      const fail = (why) => () => { throw new Error(why); };
      const server = createPeerServer({ settings: { LOG_LEVEL: 'off' } });
      server.on('connection', fail('a mistake')).on('error', fail('the end'));
      process.on('uncaughtException', async ({ message }) => {
        console.log(message);
        await server.close();
        process.exit();
      });
      console.log((await server.listen(0, '127.0.0.1')).port);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    opened.push(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const lines: string[] = [];
    child.stdout.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')));
    await expect.poll(() => lines.length).toBe(1);
    const peer = await TestPeer.open(`http://127.0.0.1:${lines[0]}`);
    await peer.untilClosed();
    expect(await ended).toEqual([0, null]);
    expect(lines[1]).toBe('the end');
  });
});

describe('createPeerServer in a program that has a server', () => {
  const path = '/signaling';

  async function serve(server: ReturnType<typeof createServer>): Promise<string> {
    const port = await listenHere(server);
    opened.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${port}`;
  }

  function peerServer(): PeerServer {
    const peers = createPeerServer({ path, settings: { ...QUIET, ALLOW_DISCOVERY: 'all' } });
    opened.push(() => peers.close());
    return peers;
  }

  async function expectToServe(origin: string): Promise<void> {
    const alice = await TestPeer.open(origin, { path });
    const bob = await TestPeer.open(origin, { path });
    alice.send({ type: 'OFFER', dst: bob.id });
    expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });
    const listed = await fetch(`${origin}${path}/peerjs/peers`);
    expect(await listed.json()).toEqual([alice.id, bob.id]);
    const member = await TestPeer.open(origin, { path: `${path}/room/a` });
    const members = await fetch(`${origin}${path}/room/a/peerjs/peers`);
    expect(await members.json()).toEqual([member.id]);
    expect((await answerTo(`${origin}${path}`)).body).toContain('"name":"PeerJS Server"');
  }

  it('of http', async () => {
    const peers = peerServer();
    const server = createServer((request, response) => {
      if (request.url === '/') response.end('the game');
      else peers.request(request, response);
    });
    const others = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (peers.upgrade(request, socket, head)) return;
      others.handleUpgrade(request, socket, head, (chat) => chat.send('the chat'));
    });
    const origin = await serve(server);
    await expectToServe(origin);
    expect((await answerTo(origin)).body).toBe('the game');
    expect((await answerTo(`${origin}/elsewhere`)).status).toBe(404);
    const chat = new WebSocket(`${origin.replace('http', 'ws')}/chat`);
    const [said] = await once(chat, 'message');
    expect(String(said)).toBe('the chat');
    chat.close();
  });

  it.each([
    ['at its path', (app: express.Express, peers: PeerServer) => app.use(path, peers.request)],
    ['at the top', (app: express.Express, peers: PeerServer) => app.use(peers.request)],
  ])('of Express, %s', async (_, mount) => {
    const peers = peerServer();
    const app = express();
    mount(app, peers);
    app.get('/', (__, response) => response.send('the game'));
    const server = createServer(app);
    server.on('upgrade', peers.upgrade);
    const origin = await serve(server);
    await expectToServe(origin);
    expect((await answerTo(origin)).body).toBe('the game');
    expect((await answerTo(`${origin}/elsewhere`)).status).toBe(404);
  });

  describe('has a request for a room', () => {
    /** Makes a room with a password. @returns the status of a request for a seat without it. */
    async function seatWithoutPassword(origin: string): Promise<number> {
      const rooms = `${origin}${path}/peerjs/games/pong/rooms`;
      const post = (url: string, body: string) =>
        fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      const made = await post(rooms, '{"password":"secret"}');
      if (made.status !== 201) return made.status;
      const { room } = (await made.json()) as { room: { code: string } };
      return (await post(`${rooms}/${room.code}/seats`, '{}')).status;
    }

    it('whose body Express has read before', async () => {
      const peers = peerServer();
      const app = express();
      app.use(express.json(), peers.request);
      expect(await seatWithoutPassword(await serve(createServer(app)))).toBe(403);
    });

    // As Fastify does, which keeps the body elsewhere.
    it('whose body is lost: no room is made, and the program is told', async () => {
      const peers = peerServer();
      const errors: string[] = [];
      peers.on('error', ({ message }) => errors.push(message));
      const server = createServer(async (request, response) => {
        await text(request);
        peers.request(request, response);
      });
      expect(await seatWithoutPassword(await serve(server))).toBe(500);
      expect(errors).toEqual(['the body of a request was read, and is not in its `body`']);
    });
  });
});
