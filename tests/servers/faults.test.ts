import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Frame } from '../support/framePeer.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { RawConnection, upgradeRequest } from '../support/rawConnection.ts';
import { RUNTIME, startTestServer, type TestServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const GRACE_MS = 1000;

let server: TestServer;
let origin: string;
const start = (port: number) =>
  startTestServer({
    host: '127.0.0.1',
    port,
    environment: { LEAVE_GRACE_MS: String(GRACE_MS), RATE_LIMIT_PER_SECOND: '100000' },
    output: 'ignore',
  });
beforeAll(async () => {
  server = await start(0);
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop());

describe("when a client's process is killed", () => {
  it('between its offer and the answer, the others get LEAVE once its grace is over', async () => {
    const path = '/room/dying-1';
    const [alice, bob] = await aliceAndBob(path);
    const child = await killable('between-offer-and-answer', path);
    expect(await alice.next()).toMatchObject({ type: 'OFFER', src: 'dying' });

    const killedAt = performance.now();
    await child.kill();
    expect(await alice.next()).toEqual({ type: 'LEAVE', src: 'dying' });
    expect(await bob.next()).toEqual({ type: 'LEAVE', src: 'dying' });
    expect(performance.now() - killedAt).toBeGreaterThan(GRACE_MS * 0.9);
    // Only now: on a loaded machine the grace may be over before they have talked.
    await talk(alice, bob);
    await Promise.all([alice.close(), bob.close()]);
  });

  it.each(['in-the-middle-of-the-upgrade-request', 'before-the-answer-to-the-upgrade-request'])(
    '%s, its id is free for who comes next',
    async (way) => {
      const path = `/room/dying-${way}`;
      const [alice, bob] = await aliceAndBob(path);
      const child = await killable(way, path);
      await child.kill();
      await talk(alice, bob);

      // Until the server notices that the socket is gone, the id is taken.
      const next = await vi.waitFor(
        () => TestPeer.open(origin, { path, id: 'dying' }),
        PATIENCE_MS,
      );
      await alice.settle();
      while (alice.pending.length > 0) {
        expect(await alice.next()).toEqual({ type: 'LEAVE', src: 'dying' });
      }
      await talk(alice, next);
      await Promise.all([alice.close(), bob.close(), next.close()]);
    },
  );
});

describe('when the server is killed', () => {
  it('50 peers come back to a new one on the same port, each with its id', async () => {
    const mortal = await start(0);
    const mortalOrigin = `http://127.0.0.1:${mortal.port}`;
    // 10 rooms of 4, and 10 peers in a realm.
    const options = Array.from({ length: 50 }, (_, index) => ({
      id: `survivor-${index}`,
      token: `token-${index}`,
      path: index < 40 ? `/room/table-${index % 10}` : '/',
    }));
    const before = await Promise.all(options.map((it) => TestPeer.open(mortalOrigin, it)));
    await mortal.kill();
    await Promise.all(before.map((peer) => peer.untilClosed()));
    for (const { closed } of before) expect(closed).toEqual({ code: 1006, reason: '' });

    const reborn = await start(mortal.port);
    const after = await Promise.all(options.map((it) => TestPeer.open(mortalOrigin, it)));
    for (const [index, peer] of after.entries()) {
      // The next one in the same room; those in the realm are each other's next.
      const other = after[index < 40 ? (index + 10) % 40 : 40 + ((index + 1) % 10)];
      if (other === undefined) throw new Error('unreachable');
      await talk(peer, other);
    }
    const listed = await fetch(`${mortalOrigin}/room/table-3/peerjs/peers`);
    expect(new Set((await listed.json()) as string[])).toEqual(
      new Set(['survivor-3', 'survivor-13', 'survivor-23', 'survivor-33']),
    );
    await reborn.stop();
  });
});

describe('when a client stops reading', () => {
  it('the others go on, and it gets everything in order once it reads again', async () => {
    const path = '/room/slow';
    const [alice, bob] = await aliceAndBob(path);
    const sloth = await TestPeer.open(origin, { path, id: 'sloth' });
    sloth.socket.pause();

    // As much as the server sends to a client that it has not heard since.
    const count = 10;
    const payload = randomBytes(100_000).toString('hex');
    for (let index = 0; index < count; index += 1) {
      alice.send({ type: 'CANDIDATE', dst: 'sloth', payload: { index, payload } });
      await talk(alice, bob);
    }
    await alice.settle();
    expect(sloth.pending).toEqual([]);

    sloth.socket.resume();
    for (let index = 0; index < count; index += 1) {
      expect((await sloth.next()).payload).toMatchObject({ index });
    }
    await Promise.all([alice.close(), bob.close(), sloth.close()]);
  });

  it('and its network then fails, it is gone and the others go on', async () => {
    const path = '/room/slow-and-gone';
    const [alice, bob] = await aliceAndBob(path);
    const sloth = await TestPeer.open(origin, { path, id: 'sloth' });
    sloth.socket.pause();
    const payload = randomBytes(100_000).toString('hex');
    for (let index = 0; index < 10; index += 1) {
      alice.send({ type: 'CANDIDATE', dst: 'sloth', payload });
    }
    await alice.settle();
    sloth.vanish();
    expect(await alice.next()).toEqual({ type: 'LEAVE', src: 'sloth' });
    expect(await bob.next()).toEqual({ type: 'LEAVE', src: 'sloth' });
    await talk(alice, bob);
    await Promise.all([alice.close(), bob.close()]);
  });

  it('and is silent too, it loses its seat when somebody wants something of it', async () => {
    const impatient = await startTestServer({
      host: '127.0.0.1',
      port: 0,
      environment: { ALIVE_TIMEOUT_MS: '1000', LEAVE_GRACE_MS: '1000' },
      output: 'ignore',
    });
    const path = '/room/half-open';
    const impatientOrigin = `http://127.0.0.1:${impatient.port}`;
    const ghost = await TestPeer.open(impatientOrigin, { path, id: 'ghost' });
    const alice = await TestPeer.open(impatientOrigin, { path, id: 'alice' });
    ghost.send('{"type":"HEARTBEAT"}');
    await ghost.next();
    ghost.socket.pause();
    // Again and again, so that one of them comes soon after the timeout.
    const call = () => alice.send({ type: 'OFFER', dst: 'ghost', payload: {} });
    const calls = setInterval(call, 100);
    const frames = [await alice.next().finally(() => clearInterval(calls)), await alice.next()];
    // A Node server also ends a peer that is silent for longer, by itself. If the next call comes only after
    // that, it waits for the ghost to come back, and expires after the LEAVE.
    if (RUNTIME === 'Node') frames.sort((one, other) => one.type.localeCompare(other.type));
    expect(frames).toEqual([
      { type: 'EXPIRE', src: 'ghost', dst: 'alice' },
      { type: 'LEAVE', src: 'ghost' },
    ]);
    ghost.vanish();
    await alice.close();
    await impatient.stop();
  });
});

describe('when a connection is half of one', () => {
  it('a client that only closes its own side of it is gone', async () => {
    const path = '/room/half-closed';
    const [alice, bob] = await aliceAndBob(path);
    const half = new RawConnection(server.port);
    half.send(upgradeRequest(`${path}/peerjs?key=peerjs&id=half&token=half`));
    await half.until('{"type":"OPEN"}');
    half.socket.end();
    expect(await alice.next()).toEqual({ type: 'LEAVE', src: 'half' });
    expect(await bob.next()).toEqual({ type: 'LEAVE', src: 'half' });
    await talk(alice, bob);
    half.socket.destroy();
    await Promise.all([alice.close(), bob.close()]);
  });

  it('a client whose upgrade request takes its time is let in all the same', async () => {
    const slow = new RawConnection(server.port);
    slow.socket.setNoDelay(true);
    for (const byte of upgradeRequest('/peerjs?key=peerjs&id=slow&token=slow')) {
      slow.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await slow.until('{"type":"OPEN"}');
    expect(slow.received).toContain('{"type":"OPEN"}');
    slow.socket.destroy();
  });

  it('a hundred clients that connect and say nothing keep nobody out', async () => {
    const mute = Array.from({ length: 100 }, () => new RawConnection(server.port));
    await Promise.all(mute.map(({ socket }) => once(socket, 'connect')));
    const [alice, bob] = await aliceAndBob('/room/crowded');
    await talk(alice, bob);
    for (const { socket } of mute) socket.destroy();
    await Promise.all([alice.close(), bob.close()]);
  });
});

async function aliceAndBob(path: string): Promise<[TestPeer, TestPeer]> {
  return Promise.all([
    TestPeer.open(origin, { path, id: 'alice', token: 'alice' }),
    TestPeer.open(origin, { path, id: 'bob', token: 'bob' }),
  ]);
}

let said = 0;

/** One says something and the other answers, and both get it. */
async function talk(one: TestPeer, other: TestPeer): Promise<void> {
  said += 1;
  one.send({ type: 'CANDIDATE', dst: other.id, payload: said });
  expect(await heard(other)).toEqual({
    type: 'CANDIDATE',
    src: one.id,
    dst: other.id,
    payload: said,
  });
  other.send({ type: 'CANDIDATE', dst: one.id, payload: said });
  expect(await heard(one)).toMatchObject({ src: other.id, payload: said });
}

/** The next frame, except the LEAVE of the peer that was killed, which may come at any time on a loaded machine. */
async function heard(peer: TestPeer): Promise<Frame> {
  const frame = await peer.next();
  return frame.type === 'LEAVE' && frame.src === 'dying' ? heard(peer) : frame;
}

/** A client in a process of its own, when it has got as far as its way says. */
async function killable(way: string, path: string): Promise<{ kill(): Promise<void> }> {
  const script = fileURLToPath(new URL('../support/dyingClient.ts', import.meta.url));
  const child = spawn(process.execPath, [script, String(server.port), way, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
    },
  };
}
