import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { NpmStart } from '../support/npmStart.ts';
import { TestPeer } from '../support/testPeer.ts';

const commands: NpmStart[] = [];
afterEach(async () => {
  await Promise.all(commands.splice(0).map((command) => command.cleanUp()));
});

async function start(
  environment: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<NpmStart> {
  const command = await NpmStart.untilListening(environment, flags);
  commands.push(command);
  return command;
}

async function runToItsEnd(environment: Readonly<Record<string, string>>, ...flags: string[]) {
  const command = await NpmStart.run(environment, flags);
  commands.push(command);
  return { code: await command.untilEnded(), command };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function expectNothingLeft(command: NpmStart, origin: string): Promise<void> {
  await command.untilEnded();
  await expect(fetch(origin)).rejects.toThrow();
  expect(await command.temporaryFiles()).toEqual([]);
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

  // Only Linux answers on all of 127.0.0.0/8 without being told to.
  it.runIf(process.platform === 'linux')('listens on HOST, and nowhere else', async () => {
    const command = await start({ HOST: '127.0.0.2', PORT: '0' });
    expect(command.origin).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect((await fetch(command.origin)).status).toBe(200);
    await expect(fetch(command.origin.replace('127.0.0.2', '127.0.0.1'))).rejects.toThrow();
  });

  it('takes settings from the environment', async () => {
    const command = await start({ PORT: '0', MAX_PEERS_PER_ROOM: '1', PEERJS_KEY: 'secret' });
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
    const command = await start(environment, ...flags);
    expect(command.stdout).toContain("path: '/myapp' })");
    const origin = command.origin.replace('localhost', '127.0.0.1');
    await TestPeer.open(origin, { path: '/myapp', key: 'from-the-flag' });
  });

  it('warns where others reach it and may read the metrics, and only there', async () => {
    const warning = 'may read how busy it is, at /metrics and /dashboard: set ADMIN_TOKEN';
    const token = 'a-token-of-an-operator';
    const [open, guarded] = await Promise.all([
      start({ PORT: '0', HOST: '0.0.0.0' }),
      start({ PORT: '0', HOST: '0.0.0.0', ADMIN_TOKEN: token }),
    ]);
    expect(open.stderr).toContain(warning);
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

// A process tree is read from /proc.
describe.runIf(process.platform === 'linux')('when a part of it is killed', () => {
  /** The launcher, and workerd below it. */
  async function startParts(): Promise<{ launcher: ChildProcess; workerd: number; port: number }> {
    const launcher = spawn(process.execPath, [join(PROJECT_ROOT, 'selfhost', 'start.ts')], {
      env: { ...process.env, PORT: '0', npm_lifecycle_event: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    while (!printed.includes('Ctrl-C')) {
      const [data] = await once(launcher.stdout, 'data');
      printed += data;
    }
    const port = Number(/localhost:(\d+)/.exec(printed)?.[1]);
    const { pid } = launcher;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const workerd = children.find((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('config.capnp'),
    );
    if (workerd === undefined) throw new Error(`no workerd below ${pid}`);
    return { launcher, workerd: Number(workerd), port };
  }

  const answers = (port: number) =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );

  it('it does not end as if all were well', async () => {
    const { launcher, workerd } = await startParts();
    const ended = once(launcher, 'exit');
    process.kill(workerd, 'SIGKILL');
    expect(await ended).toEqual([1, null]);
  });

  it('nothing is left on the port', async () => {
    const { launcher, port } = await startParts();
    expect(await answers(port)).toBe(true);
    launcher.kill('SIGKILL');
    await expect.poll(() => answers(port), { timeout: 10_000 }).toBe(false);
  });
});

describe('npm start does not start, and says why in a sentence', () => {
  it.each([
    ['MAX_PEERS_PER_ROOM', 'many', 'a whole number from 1 to 100'],
    ['ALLOW_DISCOVERY', 'yes', 'one of none, rooms, all'],
    ['PORT', '70000', 'a whole number from 0 to 65535'],
  ])('if %s is %s', async (name, value, expected) => {
    const { code, command } = await runToItsEnd({ PORT: '0', [name]: value });
    expect(code).toBe(1);
    expect(command.stderr).toContain(`${name} must be ${expected}; it is "${value}".`);
    expect(command.stderr).not.toMatch(/^\s+at /m);
    expect(command.stdout).not.toContain('listening');
    expect(await command.temporaryFiles()).toEqual([]);
  });

  it.each([
    ['PORT', (port: string) => runToItsEnd({ PORT: port })],
    ['--port', (port: string) => runToItsEnd({ PORT: '1' }, '--port', port)],
  ])('if the port that %s says is in use', async (name, run) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
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
    ['HOST', { HOST: '192.0.2.1' }, []],
    ['--host', {}, ['--host', '192.0.2.1']],
  ])('if the address that %s says is of another machine', async (name, environment, flags) => {
    const { code, command } = await runToItsEnd({ PORT: '0', ...environment }, ...flags);
    expect(code).toBe(1);
    expect(command.stderr).toContain(`${name} 192.0.2.1 is no address of this machine.`);
  });
});
