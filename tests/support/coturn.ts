import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';

/** Whether coturn is installed here. Says so if not. */
export function isCoturnInstalled(): boolean {
  const isInstalled = spawnSync('turnserver', ['--help']).error === undefined;
  if (!isInstalled) console.warn('Skipped: coturn is not installed here (apt-get install coturn).');
  return isInstalled;
}

export interface Turn {
  readonly port: number;
  /** What it has said so far. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts a coturn on this machine alone, for UDP and TCP on one port, and waits until it listens.
 *
 * @param place where it is: an address, a port that is free there, and what to put before a command to
 *   run it there.
 */
export async function startTurn(
  secret: string,
  place?: { address: string; port: number; enter: readonly string[] },
): Promise<Turn> {
  const { address, port, enter } = place ?? {
    address: '127.0.0.1',
    port: await freeUdpPort(),
    enter: [],
  };
  const folder = await mkdtemp(join(tmpdir(), 'coturn-'));
  const [program = '', ...options] = [...enter, 'turnserver'];
  const process = spawn(
    program,
    [
      ...options,
      '-n',
      `--listening-ip=${address}`,
      `--relay-ip=${address}`,
      `--listening-port=${port}`,
      '--no-tls',
      '--no-dtls',
      '--no-cli',
      '--allow-loopback-peers',
      '--fingerprint',
      '--realm=example.com',
      '--use-auth-secret',
      `--static-auth-secret=${secret}`,
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
      // One line for each of the two.
      const listeners = ['UDP', 'TCP'].map(
        (name) => new RegExp(`${name} listener opened on ?: \\d`),
      );
      if (listeners.every((line) => line.test(log))) resolve();
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
  return { port, log: () => log, stop };
}

/** A port of UDP that nobody has. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
