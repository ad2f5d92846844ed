import { spawn, spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/documents.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

/** A Python that has the library of docs/rooms.md. */
const PYTHON = process.env.PYTHON ?? 'python3';
const isInstalled = spawnSync(PYTHON, ['-c', 'import websockets.sync.client']).status === 0;
if (!isInstalled) console.warn('Skipped: Python has no websockets (pip install websockets).');

describe.skipIf(!isInstalled)('docs/rooms.md', () => {
  const origin = useServer();
  const running = new Set<ReturnType<typeof spawn>>();
  afterAll(() => {
    for (const program of running) program.kill();
  });

  it('has a referee in Python make a room, see who comes, and lock it', async () => {
    const [code = ''] = codeBlocks('docs/rooms.md', 'python');
    const script = code.replaceAll('https://peerjs-server.your-name.workers.dev', origin());
    const program = spawn(PYTHON, ['-c', script]);
    running.add(program);
    let said = '';
    for (const stream of [program.stdout, program.stderr]) {
      stream.on('data', (data) => {
        said += String(data);
      });
    }
    const says = (pattern: RegExp) => expect.poll(() => said).toMatch(pattern);
    await says(/^The code is [a-z]+$/m);
    const [, room] = /^The code is ([a-z]+)$/m.exec(said) ?? [];
    const seats = `${origin()}/peerjs/games/pong/rooms/${room}/seats`;
    for (const name of ['Ann', 'Bob']) {
      const response = await fetch(seats, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name }),
      });
      const { id, options } = await response.json();
      await TestPeer.open(origin(), { id, path: options.path, token: options.token });
    }
    await says(/^Referee, Ann, Bob$/m);
    await says(/^All are here$/m);
    expect((await fetch(seats, { method: 'POST' })).status).toBe(423);
  });
});
