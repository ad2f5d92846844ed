import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../selfhost/workerd/startServer.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { connect, openPeer, openTab, received, send } from '../support/browser/peerPage.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const SECRET = 'north';
const isInstalled = spawnSync('turnserver', ['--help']).error === undefined;

if (!isInstalled) console.warn('Skipped: coturn is not installed here (apt-get install coturn).');

describe.skipIf(!isInstalled)('through a coturn', () => {
  let turn: Turn;
  let server: RunningServer;
  let pages: PageServer;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;

  beforeAll(async () => {
    turn = await startTurn();
    const environment = {
      TURN_URLS: `turn:127.0.0.1:${turn.port}?transport=udp`,
      TURN_SECRET: SECRET,
    };
    [server, pages, browser] = await Promise.all([
      startServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' }),
      startPageServer(),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([pages?.close(), server?.stop(), turn?.stop()]);
  });

  it('two tabs that may use nothing but the relay exchange data', async () => {
    const context = await browser.newContext();
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map(async (id) => {
        const page = await openTab(context, pages);
        const answer = await fetch(`http://127.0.0.1:${server.port}/room/table-7/peerjs/ice`);
        const { iceServers } = (await answer.json()) as { iceServers: RTCIceServer[] };
        // The STUN server is out of reach here, and a relay is all that may be used.
        const relays = iceServers.filter(({ username }) => username !== undefined);
        const config = { iceServers: relays, iceTransportPolicy: 'relay' as const };
        const options = { host: '127.0.0.1', port: server.port, path: '/room/table-7', config };
        await openPeer(page, { id, options });
        return page;
      }),
    );
    if (alice === undefined || bob === undefined) throw new Error('unreachable');

    await connect(alice, 'bob');
    await send(alice, 'bob', 'ping');
    await send(bob, 'alice', 'pong');
    expect((await received(bob, 1)).map(({ data }) => data)).toEqual(['ping']);
    expect((await received(alice, 1)).map(({ data }) => data)).toEqual(['pong']);
    expect(turn.log()).toMatch(/ALLOCATE processed, success/);
  });
});

interface Turn {
  readonly port: number;
  /** What it has said so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a coturn on this machine alone, with the secret, and waits until it listens. */
async function startTurn(): Promise<Turn> {
  const port = await freeUdpPort();
  const folder = await mkdtemp(join(tmpdir(), 'coturn-'));
  const process = spawn(
    'turnserver',
    [
      '-n',
      '--listening-ip=127.0.0.1',
      '--relay-ip=127.0.0.1',
      `--listening-port=${port}`,
      '--no-tls',
      '--no-dtls',
      '--no-tcp',
      '--no-cli',
      '--allow-loopback-peers',
      '--fingerprint',
      '--realm=example.com',
      '--use-auth-secret',
      `--static-auth-secret=${SECRET}`,
      '--log-file=stdout',
      '--verbose',
      `--pidfile=${join(folder, 'turn.pid')}`,
      `--userdb=${join(folder, 'turn.db')}`,
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let log = '';
  const ended = once(process, 'exit');
  const listens = new Promise<void>((resolve) => {
    process.stdout.on('data', (chunk) => {
      log += String(chunk);
      if (/listener opened on: 127\.0\.0\.1:/.test(log)) resolve();
    });
  });
  const stop = async () => {
    process.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const hasStarted = await Promise.race([
    listens.then(() => true),
    ended,
    setTimeout(PATIENCE_MS, false, { ref: false }),
  ]);
  if (hasStarted !== true) {
    await stop();
    throw new Error(`coturn did not start:\n${log}`);
  }
  return {
    port,
    log: () => log,
    stop,
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
