import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';
import { splitKit } from '../../support/splitKit.ts';
import { TestPeer } from '../../support/testPeer.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** As in a user's shell: with the Node and npm of the machine and nothing of this project. */
const environment = Object.fromEntries(
  Object.entries({ ...process.env, PORT: undefined, HOST: undefined })
    .filter(
      ([name]) =>
        !/^(npm_(lifecycle|package|config_local_prefix)|INIT_CWD$|NODE_OPTIONS$)/.test(name),
    )
    .map(([name, value]) => [name, name === 'PATH' ? pathWithoutProject(value ?? '') : value]),
);

/** A game as somebody writes it whose compiler is strict. */
const STRICT_GAME = `
  import { createRoom, joinRoom, quickMatch, type Room } from 'durable-peerjs-server/client';
  import { usePeers, useRoom } from 'durable-peerjs-server/client/react';

  interface Hat { colour: string }
  interface State { round: number; board: readonly string[]; hat?: Hat }
  const state: State = { round: 1, board: ['x'] };
  const hat: Hat = { colour: 'red' };

  export async function play(code: string | undefined, name: string | undefined): Promise<Room<State>> {
    const where = { server: undefined, key: undefined, game: 'pong' };
    const me = { name, data: hat, password: undefined };
    const room = await (code ? joinRoom<State>(where, code, me) : createRoom<State>(where, { ...me, meta: hat }));
    await room.setState(state);
    await room.setState({ board: state.board, hat: null });
    await room.set({ name, data: hat });
    await room.update({ meta: hat });
    const round: number = room.state.round ?? 0;
    room.makeAction<Hat>('hat').send(hat, { to: undefined });
    // @ts-expect-error: a state has what its type says.
    await room.setState({ rounds: round });
    // @ts-expect-error: the server says who is the host.
    room.hostId = room.selfId;
    // @ts-expect-error: setState changes it.
    room.state = state;
    // @ts-expect-error: it is what the server says.
    room.players = [];
    return room;
  }

  export async function playUntyped(): Promise<State> {
    const room: Room = await quickMatch({ game: 'pong' }, { name: undefined, mode: undefined });
    await room.setState(state);
    return room.state as Partial<State> as State;
  }

  export function useTable(code: string): string {
    const { room, now, error } = useRoom(() => play(code, undefined), [code]);
    const names = usePeers(room).map((peer) => peer.name);
    const round: number | undefined = now?.state.round;
    return error ? error.message : names.join() + round + now?.isHost;
  }
`;

function pathWithoutProject(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
}

describe('the package', () => {
  let folder: string;
  let packed: { filename: string; files: { path: string }[] };
  const processes = new Set<() => Promise<void>>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
    const pack = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: PROJECT,
    });
    // What prepack printed comes before.
    packed = JSON.parse(pack.stdout.slice(pack.stdout.indexOf('[\n')))[0];
    // With a prefix it installs here also where a folder above has a package.json.
    const install = ['install', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', [...install, packed.filename], { cwd: folder, env: environment });
  });
  afterEach(async () => {
    for (const stop of processes) await stop();
    processes.clear();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Has the libraries that a game installs itself. */
  async function linkLibraries(): Promise<void> {
    await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
    const kit = ['peerjs', 'eventemitter3', 'peerjs-js-binarypack', 'webrtc-adapter', 'sdp'];
    for (const name of [...kit, '@types/react', 'csstype']) {
      await symlink(
        join(PROJECT, 'node_modules', name),
        join(folder, 'node_modules', name),
        'junction',
      ).catch(() => {});
    }
  }

  /** Runs the installed command, and resolves when it says that it listens, or ends. */
  async function start(
    ...flags: string[]
  ): Promise<{ line: string; port: number; readonly errors: string; endLog(): void }> {
    const command = join(folder, 'node_modules', '.bin', 'durable-peerjs-server');
    const child = spawn(command, flags, { cwd: folder, env: environment });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    processes.add(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    /** What reads the log ends, as a program behind a pipe may. */
    const endLog = () => {
      child.stdout.destroy();
      child.stderr.destroy();
    };
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^Started PeerServer on .*, port: (\d+)/.exec(line)?.[1];
      if (port !== undefined) {
        // They may come later than the line.
        return {
          line,
          port: Number(port),
          get errors() {
            return errors;
          },
          endLog,
        };
      }
    }
    await ended;
    return { line: '', port: 0, errors: errors.trim(), endLog };
  }

  it('holds what runs, and none of the sources', async () => {
    const kit = (await readdir(join(PROJECT, 'client')))
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => file.replace('.ts', ''));
    const files = packed.files.map(({ path }) => path.replace(/chunk-\w+/, 'chunk'));
    const wanted = [
      'LICENSE',
      'README.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/chunk.js',
      'dist/cli.js',
      ...kit.flatMap((name) => [`dist/client/${name}.d.ts`, `dist/client/${name}.js`]),
      'dist/createPeerServer.d.ts',
      'dist/createPeerServer.js',
      'package.json',
    ];
    expect(files.sort()).toEqual(wanted.sort());
  });

  it('holds the notices of the libraries that are bundled in it', async () => {
    const notices = await readFile(
      join(folder, 'node_modules', 'durable-peerjs-server', 'dist', 'THIRD-PARTY-NOTICES.txt'),
      'utf8',
    );
    const libraries = [...notices.matchAll(/^(\S+) [\d.]+\n=+$/gm)].map(([, name]) => name);
    expect(libraries).toEqual(
      expect.arrayContaining(['@hono/node-server', 'hono', 'jose', 'lean-qr', 'peerjs', 'uplot']),
    );
    expect(notices.match(/permission/gi)?.length).toBeGreaterThanOrEqual(libraries.length);
  });

  it('is as publint wants it', async () => {
    const { buffer: tarball } = new Uint8Array(await readFile(join(folder, packed.filename)));
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it('has types that every resolver finds, as Are The Types Wrong wants them', async () => {
    const tarball = await readFile(join(folder, packed.filename));
    const result = await checkPackage(createPackageFromTarballData(tarball));
    if (!result.types) throw new Error('there are none');
    // The package has ES modules alone. Node 10 is no more, and CommonJS imports them by `import()`.
    const accepted = ['CJSResolvesToESM', 'NoResolution'];
    const problems = result.problems.filter(
      (problem) =>
        !accepted.includes(problem.kind) ||
        (problem.kind === 'NoResolution' && problem.resolutionKind !== 'node10'),
    );
    expect(problems).toEqual([]);
  });

  it('brings one library, and what that needs', async () => {
    const { dependencies } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['yargs']);
  });

  it('is imported by a program, which then has a server', async () => {
    const program = `
      import { createPeerServer } from 'durable-peerjs-server';
      const server = createPeerServer({ settings: { PEERJS_KEY: 'mine', LOG_LEVEL: 'off' } });
      const { port } = await server.listen(0, '127.0.0.1');
      const response = await fetch(\`http://127.0.0.1:\${port}/\`);
      console.log((await response.json()).name);
      await server.close();`;
    await writeFile(join(folder, 'program.mjs'), program);
    const { stdout } = await run('node', ['program.mjs'], { cwd: folder, env: environment });
    expect(stdout).toBe('PeerJS Server\n');
  });

  it('replaces ExpressPeerServer as docs/migrating.md shows', async () => {
    const document = await readFile(join(PROJECT, 'docs', 'migrating.md'), 'utf8');
    const [, example = ''] = /```js\n([^`]*createPeerServer[^`]*)```/.exec(document) ?? [];
    const express = join(folder, 'node_modules', 'express');
    await symlink(join(PROJECT, 'node_modules', 'express'), express, 'junction');
    await writeFile(
      join(folder, 'migrated.mjs'),
      `${example.replace('9000', '0')}
      import { once } from 'node:events';
      await once(server, 'listening');
      console.log(server.address().port);`,
    );
    const child = spawn('node', ['migrated.mjs'], { cwd: folder, env: environment });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    processes.add(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    let port = '';
    for await (const line of createInterface({ input: child.stdout })) {
      if (/^\d+$/.test(line)) {
        port = line;
        break;
      }
    }
    const origin = `http://127.0.0.1:${port}`;
    // Not with `fetch`, whose answers are compared with the reference: this one is Express's.
    const [page] = (await once(get(origin), 'response')) as [IncomingMessage];
    expect(await text(page)).toBe('the game');
    const alice = await TestPeer.open(origin, { path: '/signaling' });
    const bob = await TestPeer.open(origin, { path: '/signaling' });
    alice.send({ type: 'OFFER', dst: bob.id });
    expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });
    await expect(TestPeer.open(origin, { path: '/elsewhere' })).rejects.toThrow();
  });

  it('has types that stand alone', async () => {
    const program = `
      import { createPeerServer } from 'durable-peerjs-server';
      const server = createPeerServer({ path: '/signaling' });
      server.on('connection', (client) => client.getId().toUpperCase());
      server.on('message', (client, { type }) => client.send({ type }));
      const { port }: { port: number } = await server.listen();
      // @ts-expect-error: a port is no text.
      port.toUpperCase();`;
    await writeFile(join(folder, 'program.mts'), program);
    const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    const types = ['--types', 'node', '--typeRoots', join(PROJECT, 'node_modules', '@types')];
    await run(process.execPath, [tsc, ...flags, ...types, 'program.mts'], { cwd: folder });
  });

  it('has a client kit that a bundler shakes, with types that stand alone', async () => {
    await linkLibraries();
    const program = `
      import { joinRoom, RoomError, type Room } from 'durable-peerjs-server/client';
      const room: Room = await joinRoom({ server: 'https://example.com' }, 'table', { name: 'Ann' });
      const move = room.makeAction<{ x: number }>('move', { unreliable: true });
      move.on(({ x }, { from }) => console.log(x.toFixed(), room.peers.get(from)?.ping));
      room.on('status', (_, error) => console.log(error instanceof RoomError && error.type === 'kicked'));
      // @ts-expect-error: a move has an x.
      move.send({ y: 1 });`;
    await writeFile(join(folder, 'game.mts'), program);
    const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
    for (const module of ['nodenext', 'esnext']) {
      const flags = ['--noEmit', '--strict', '--module', module, '--target', 'es2022'];
      const resolution = module === 'esnext' ? ['--moduleResolution', 'bundler'] : [];
      const library = ['--lib', 'es2022,dom', '--types', '', '--skipLibCheck', 'false'];
      await run(process.execPath, [tsc, ...flags, ...resolution, ...library, 'game.mts'], {
        cwd: folder,
      });
    }
    const parts = await splitKit("export { RoomError } from 'durable-peerjs-server/client';", {
      external: ['peerjs'],
      resolveDir: folder,
    });
    const shaken = parts.filter(({ isFirst }) => isFirst).map(({ text }) => text);
    expect(shaken.join()).not.toMatch(/seats|import\(/);
  });

  it('has types that let a strict game say what its state is, and change the room by methods alone', async () => {
    await linkLibraries();
    await writeFile(join(folder, 'strict.mts'), STRICT_GAME);
    const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const flags = ['--noEmit', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', ''];
    const compiled = await run(process.execPath, [tsc, ...strict, ...flags, 'strict.mts'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    expect(compiled.stdout).toBe('');
  });

  it('starts as the official command does, with its flags, and a peer connects', async () => {
    const { line, port } = await start(
      '--port',
      '0',
      '--key',
      'mine',
      '--path',
      '/myapp',
      '--host',
      '127.0.0.1',
    );
    expect(line).toBe(`Started PeerServer on 127.0.0.1, port: ${port}, path: /myapp`);
    const peer = await TestPeer.open(`http://127.0.0.1:${port}`, { path: '/myapp', key: 'mine' });
    const stranger = new TestPeer(`http://127.0.0.1:${port}`, { path: '/myapp' });
    expect(await stranger.next()).toMatchObject({
      type: 'ERROR',
      payload: { type: 'invalid-key' },
    });
    await peer.close();
  });

  it('listens on every address unless it is told one, and warns if all may read the metrics', async () => {
    const open = await start('-p', '0');
    await TestPeer.open(`http://127.0.0.1:${open.port}`);
    await expect.poll(() => open.errors).toContain('Set ADMIN_TOKEN');
    const local = await start('-p', '0', '-H', '127.0.0.1');
    await TestPeer.open(`http://127.0.0.1:${local.port}`);
    expect(local.errors).not.toContain('ADMIN_TOKEN');
  });

  it('goes on where its log cannot be written', async () => {
    const { port, endLog } = await start('-p', '0', '-H', '127.0.0.1');
    endLog();
    const peer = await TestPeer.open(`http://127.0.0.1:${port}`);
    // Each refusal is a line. Node ends a process at the second one that it cannot write.
    for (let refusal = 0; refusal < 3; refusal += 1) {
      await new TestPeer(`http://127.0.0.1:${port}`, { key: 'wrong' }).untilClosed();
    }
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    await peer.close();
  });

  it('serves HTTPS with --sslkey and --sslcert', async () => {
    await writeFile(join(folder, 'key.pem'), PRIVATE_KEY);
    await writeFile(join(folder, 'cert.pem'), CERTIFICATE);
    const { port } = await start(
      '-p',
      '0',
      '-H',
      '127.0.0.1',
      '--sslkey',
      'key.pem',
      '--sslcert',
      'cert.pem',
    );
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, ca: CERTIFICATE, servername: 'localhost' };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('does not start with what is wrong, and says why', async () => {
    const cases: [string, string][] = [
      ['--port http', '--port must be a whole number from 0 to 65535; it is "http".'],
      ['--prot 9000', 'Unknown argument: prot. --help lists the flags.'],
      ['--path /room', '--path /room is not a path where peers can meet. Use one such as /myapp.'],
      ['--sslkey no.pem --sslcert no.pem', '--sslkey: no.pem cannot be read (ENOENT).'],
      [
        '--sslkey package.json --sslcert package.json',
        '--sslkey or --sslcert is not a key or certificate in PEM, without a passphrase.',
      ],
    ];
    const answers = await Promise.all(cases.map(([flags]) => start(...flags.split(' '))));
    expect(answers.map(({ errors }) => errors)).toEqual(cases.map(([, sentence]) => sentence));
  });

  it('knows every flag of the official command', async () => {
    const flagsOf = (help: string) => [...new Set(help.match(/--\w+/g))].sort();
    const official = join(PROJECT, 'node_modules', 'peer', 'dist', 'bin', 'peerjs.js');
    const ours = join(folder, 'node_modules', '.bin', 'durable-peerjs-server');
    const [theirHelp, ourHelp] = await Promise.all([
      run(process.execPath, [official, '--help']),
      run(ours, ['--help'], { env: environment }),
    ]);
    const flags = flagsOf(theirHelp.stdout);
    expect(flags).toContain('--alive_timeout');
    expect(flagsOf(ourHelp.stdout)).toEqual(expect.arrayContaining(flags));
  });
});
