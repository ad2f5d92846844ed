import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';
import { freePort, listenHere } from '../../support/listenHere.ts';
import { NpmStart } from '../../support/npmStart.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { RawConnection, upgradeRequest } from '../../support/rawConnection.ts';
import { TestPeer } from '../../support/testPeer.ts';

/** npm itself is in the tests of what it passes on: flags, signals, the status at the end. */
const DIRECTLY = { isDirect: true };

const commands: NpmStart[] = [];
afterEach(async () => {
  await Promise.all(commands.splice(0).map((command) => command.cleanUp()));
});

async function start(
  environment: Readonly<Record<string, string>>,
  options: Parameters<typeof NpmStart.untilListening>[1] = {},
): Promise<NpmStart> {
  const command = await NpmStart.untilListening(environment, options);
  commands.push(command);
  return command;
}

async function runToItsEnd(
  environment: Readonly<Record<string, string>>,
  options: Parameters<typeof NpmStart.run>[1] = {},
) {
  const command = await NpmStart.run(environment, options);
  commands.push(command);
  return { code: await command.untilEnded(), command };
}

async function expectNothingLeft(command: NpmStart, origin: string): Promise<void> {
  await command.untilEnded();
  await expect(fetch(origin)).rejects.toThrow();
  // Where the launcher was killed, a guard removes them behind workerd, and has no output to wait for.
  await expect.poll(() => command.temporaryFiles()).toEqual([]);
}

describe('npm start', () => {
  it('listens on PORT, prints the address and what to paste, and nothing alarming', async () => {
    const port = await freePort();
    const command = await start({ PORT: String(port) });

    expect(command.origin).toBe(`http://localhost:${port}`);
    expect(command.stdout).toContain(`new Peer({ host: 'localhost', port: ${port}, path: '/' })`);
    expect(command.stdout).toContain(
      `new Peer({ host: 'localhost', port: ${port}, path: '/room/table-7' })`,
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.json()).toMatchObject({ name: 'PeerJS Server' });
    const peer = await TestPeer.open(`http://127.0.0.1:${port}`, { path: '/room/table-7' });
    await peer.settle();

    expect(command.stderr).toBe('');
    expect(command.stdout).not.toMatch(/error|warn|deprecat|experimental|fail/i);
  });

  it('serves HTTPS with --sslkey and --sslcert', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'https-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    await Promise.all([writeFile(key, PRIVATE_KEY), writeFile(cert, CERTIFICATE)]);
    const flags = ['--port', '0', '--sslkey', key, '--sslcert', cert];
    const command = await start({}, { ...DIRECTLY, flags });
    expect(command.origin).toMatch(/^https:\/\/localhost:\d+$/);
    const peer = await TestPeer.open(command.origin, { path: '/room/safe', ca: CERTIFICATE });
    await peer.settle();
  });

  // Only Linux answers on all of 127.0.0.0/8 without being told to.
  it.runIf(process.platform === 'linux')('listens on HOST, and nowhere else', async () => {
    const command = await start({ HOST: '127.0.0.2', PORT: '0' }, DIRECTLY);
    expect(command.origin).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect((await fetch(command.origin)).status).toBe(200);
    await expect(fetch(command.origin.replace('127.0.0.2', '127.0.0.1'))).rejects.toThrow();
  });

  it('takes settings from the environment', async () => {
    const command = await start(
      { PORT: '0', MAX_PEERS_PER_ROOM: '1', PEERJS_KEY: 'secret' },
      DIRECTLY,
    );
    const origin = command.origin.replace('localhost', '127.0.0.1');
    await TestPeer.open(origin, { path: '/room/one', key: 'secret' });
    const second = new TestPeer(origin, { path: '/room/one', key: 'secret' });
    expect(await second.next()).toMatchObject({ payload: { type: 'room-full' } });
    const stranger = new TestPeer(origin, { path: '/room/one', key: 'peerjs' });
    expect(await stranger.next()).toMatchObject({ payload: { type: 'invalid-key' } });
  });

  it('takes the flags of the command, which come before the environment', async () => {
    const environment = { HOST: '192.0.2.1', PORT: '1', PEERJS_KEY: 'from-the-environment' };
    const flags = '--host 127.0.0.1 --port 0 --key from-the-flag --path /myapp'.split(' ');
    const command = await start(environment, { flags });
    expect(command.stdout).toContain("path: '/myapp' })");
    const origin = command.origin.replace('localhost', '127.0.0.1');
    await TestPeer.open(origin, { path: '/myapp', key: 'from-the-flag' });
  });

  it('warns where others reach it and may read the metrics, and of a setting without effect, and only there', async () => {
    const warning = 'can read how busy it is, at /metrics and /dashboard. Set ADMIN_TOKEN';
    const token = 'a-token-of-an-operator';
    const [open, guarded] = await Promise.all([
      start({ PORT: '0', HOST: '0.0.0.0', ROOMS_FILE: 'rooms.json' }, DIRECTLY),
      start({ PORT: '0', HOST: '0.0.0.0', ADMIN_TOKEN: token }, DIRECTLY),
    ]);
    expect(open.stderr).toContain(warning);
    expect(open.stderr).toContain('"setting":"ROOMS_FILE","here":"workerd"');
    expect(guarded.stderr).toBe('');
  });

  it.each([
    ['at Ctrl-C', (command: NpmStart) => command.pressCtrlC()],
    ['at SIGTERM', (command: NpmStart) => command.terminate()],
  ])('stops %s, with peers or without, and leaves nothing behind', async (_, stop) => {
    const [busy, idle] = await Promise.all([start({ PORT: '0' }), start({ PORT: '0' })]);
    const peer = await TestPeer.open(busy.origin.replace('localhost', '127.0.0.1'));
    const origins = [busy.origin, idle.origin] as const;
    stop(busy);
    stop(idle);

    await expectNothingLeft(busy, origins[0]);
    await expectNothingLeft(idle, origins[1]);
    await peer.untilClosed();
    expect(busy.stderr).toBe('');
    expect(idle.stderr).toBe('');
  });
});

describe('npm start ends for everyone', () => {
  it.each([
    ['Ctrl-C', (command: NpmStart) => command.pressCtrlC()],
    ['SIGTERM', (command: NpmStart) => command.terminate()],
  ])(
    'at %s peers of every room are told to come back, with 1012, and the log says so',
    async (_, stop) => {
      const command = await start({ PORT: '0' });
      const origin = command.origin.replace('localhost', '127.0.0.1');
      const peers = await Promise.all(
        ['/', '/room/a', '/room/a', '/app'].map((path) => TestPeer.open(origin, { path })),
      );
      stop(command);
      const closes = await Promise.all(peers.map((peer) => peer.untilClosed()));
      expect(closes.map(({ code }) => code)).toEqual([1012, 1012, 1012, 1012]);
      await command.untilEnded();
      expect(command.stdout).toMatch(/"event":"server.stopping".*"sockets":4/);
    },
  );

  it('the log counts the sockets that are open, however others ended', async () => {
    const command = await start({ PORT: '0', MAX_PEERS_PER_ROOM: '2' }, DIRECTLY);
    const origin = command.origin.replace('localhost', '127.0.0.1');
    const at = (path: string, id: string) => TestPeer.open(origin, { path, id });
    const path = '/room/busy';
    await at(path, 'stays');
    await (await at(path, 'closed')).close();
    (await at(path, 'lost')).vanish();
    const old = await at(path, 'replaced');
    const newer = TestPeer.open(origin, { path, id: 'replaced', token: old.token });
    await old.untilClosed();
    const refused = new TestPeer(origin, { path });
    expect(await refused.next()).toMatchObject({ payload: { type: 'room-full' } });
    await (await newer).close();
    const mute = await at(path, 'mute');
    mute.send({ type: 'LEAVE' });
    await mute.close();
    const flooder = await at('/', 'flooder');
    for (let number = 0; number < 100; number += 1) flooder.send('no message');
    await flooder.untilClosed();
    command.terminate();
    await command.untilEnded();
    expect(command.stdout).toMatch(/"event":"server.stopping".*"sockets":1[,}]/);
  });

  it('with another status than 0 when workerd is killed, and leaves nothing', async () => {
    const command = await start({ PORT: '0' });
    const { origin } = command;
    for (const pid of command.pidsOf('serve config.capnp')) process.kill(pid, 'SIGKILL');
    expect(await command.untilEnded()).not.toBe(0);
    expect(command.stderr).toContain('The server was ended by SIGKILL.');
    await expectNothingLeft(command, origin);
  });

  it('when the launcher is killed: workerd ends too, and the files are gone', async () => {
    const command = await start({ PORT: '0' });
    const { origin } = command;
    for (const pid of command.pidsOf('node selfhost/start.ts')) {
      if (!command.pidsOf('sh -c').includes(pid)) process.kill(pid, 'SIGKILL');
    }
    expect(await command.untilEnded()).not.toBe(0);
    await expectNothingLeft(command, origin);
  });
});

describe('npm start with few file descriptors', () => {
  it('says so, turns newcomers away in time, and those inside play on', async () => {
    const command = await start({ PORT: '0' }, { ...DIRECTLY, descriptors: 200 });
    await expect.poll(() => command.stderr).toContain('The limit of file descriptors is 200');
    const origin = command.origin.replace('localhost', '127.0.0.1');
    const alice = await TestPeer.open(origin);
    const bob = await TestPeer.open(origin);
    const others = [];
    for (let number = 0; number < 78; number += 1) others.push(await TestPeer.open(origin));
    expect(await statusOfUpgrade(command)).toBe(503);
    await expect.poll(() => command.stderr).toContain('"event":"server.full"');

    alice.send({ type: 'OFFER', dst: bob.id, payload: 'sdp' });
    expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });

    await others[0]?.close();
    await expect.poll(() => statusOfUpgrade(command)).toBe(101);
  });

  it('makes room by closing peers that have been silent for too long', async () => {
    const command = await start(
      { PORT: '0', ALIVE_TIMEOUT_MS: '1000' },
      { ...DIRECTLY, descriptors: 200 },
    );
    const origin = command.origin.replace('localhost', '127.0.0.1');
    const silent = [];
    for (let number = 0; number < 80; number += 1) silent.push(await TestPeer.open(origin));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await statusOfUpgrade(command)).toBe(503);
    expect((await silent[0]?.untilClosed())?.code).toBe(4001);
    await expect.poll(() => statusOfUpgrade(command)).toBe(101);
  });

  // workerd ends if it finds none to accept with, and drops newcomers if it finds one: it depends on
  // how many there are.
  it.each([255, 256, 257, 258])(
    'of %i answers again after all have run out',
    async (descriptors) => {
      const command = await start({ PORT: '0' }, { ...DIRECTLY, descriptors });
      const port = Number(new URL(command.origin).port);
      const connections = Array.from({ length: 300 }, () => new RawConnection(port));
      for (const connection of connections) {
        connection.send(upgradeRequest('/peerjs?key=wrong&id=a&token=b'));
      }
      await expect.poll(() => command.stderr).toContain('Too many open files');
      for (const { socket } of connections) socket.destroy();
      await untilHealthy(port);
      await (await TestPeer.open(`http://127.0.0.1:${port}`)).close();
    },
  );
});

it('npm start starts workerd again, on the same port, when it has ended by itself', async () => {
  const command = await start({ PORT: '0' }, DIRECTLY);
  const port = Number(new URL(command.origin).port);
  const [first = 0] = command.pidsOf('serve config.capnp');
  // At SIGTERM it ends of its own accord, since nobody is connected.
  process.kill(first, 'SIGTERM');
  await expect.poll(() => command.stderr).toContain('It is started again.');
  await untilHealthy(port);
  expect(command.pidsOf('serve config.capnp')).not.toContain(first);
  command.terminate();
  await expectNothingLeft(command, command.origin);
});

async function untilHealthy(port: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200),
    { timeout: PATIENCE_MS, interval: 200 },
  );
}

async function statusOfUpgrade(command: NpmStart): Promise<number | undefined> {
  const connection = new RawConnection(Number(new URL(command.origin).port));
  connection.send(upgradeRequest('/peerjs?key=peerjs&id=late&token=late'));
  const status = await connection.status();
  connection.socket.destroy();
  return status;
}

describe('npm start answers health checks and mounted paths', () => {
  let command: NpmStart;
  beforeAll(async () => {
    command = await NpmStart.untilListening({}, { flags: ['--port', '0', '--path', '/myapp'] });
  });
  afterAll(() => command?.cleanUp());

  it.each([
    'GET /health HTTP/1.0\r\n\r\n',
    'OPTIONS / HTTP/1.0\r\n\r\n',
    'GET /myapp HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /myapp/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /myapp/health HTTP/1.1\r\nHost: a\r\n\r\n',
  ])('%j with 200', async (request) => {
    const connection = new RawConnection(Number(new URL(command.origin).port));
    connection.send(request);
    await connection.until('\r\n\r\n');
    expect(connection.received).toMatch(/^HTTP\/1\.\d 200 /);
    if (request.includes('/myapp '))
      expect(connection.received).toContain('"name":"PeerJS Server"');
    connection.socket.destroy();
  });
});

describe('npm start does not start, and says why in a sentence', () => {
  it.each([
    ['MAX_PEERS_PER_ROOM', 'many', 'a whole number from 1 to 100'],
    ['ALLOW_DISCOVERY', 'yes', 'one of none, rooms, all'],
    ['PORT', '70000', 'a whole number from 0 to 65535'],
  ])('if %s is %s', async (name, value, expected) => {
    const { code, command } = await runToItsEnd({ PORT: '0', [name]: value }, DIRECTLY);
    expect(code).toBe(1);
    expect(command.stderr).toContain(`${name} must be ${expected}; it is "${value}".`);
    expect(command.stderr).not.toMatch(/^\s+at /m);
    expect(command.stdout).not.toContain('listening');
    expect(await command.temporaryFiles()).toEqual([]);
  });

  it.each([
    ['PORT', (port: string) => runToItsEnd({ PORT: port }, DIRECTLY)],
    ['--port', (port: string) => runToItsEnd({ PORT: '1' }, { flags: ['--port', port] })],
  ])('if the port that %s says is in use', async (name, run) => {
    const other = createServer();
    const port = await listenHere(other);
    try {
      const { code, command } = await run(String(port));
      expect(code).toBe(1);
      expect(command.stderr).toContain(
        `${name} ${port} is already in use on 127.0.0.1: choose another one.`,
      );
      expect(await command.temporaryFiles()).toEqual([]);
    } finally {
      other.close();
    }
  });

  it.each([
    ['HOST', { HOST: '192.0.2.1' }, DIRECTLY],
    ['--host', {}, { flags: ['--host', '192.0.2.1'] }],
  ])('if the address that %s says is of another machine', async (name, environment, options) => {
    const { code, command } = await runToItsEnd({ PORT: '0', ...environment }, options);
    expect(code).toBe(1);
    expect(command.stderr).toContain(`${name} 192.0.2.1 is no address of this machine.`);
  });
});
