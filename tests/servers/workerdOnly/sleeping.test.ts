import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { RunningServer } from '../../../selfhost/RunningServer.ts';
import { bundleWorker } from '../../../selfhost/workerd/bundleWorker.ts';
import { startServer, startWorkerd } from '../../../selfhost/workerd/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../../selfhost/workerd/workerdConfig.ts';
import { TestPeer } from '../../support/testPeer.ts';

/** Plain workerd hibernates a coordinator after 10 s in which nothing woke it; that cannot be set. */
const HIBERNATES_AFTER_MS = 10_000;
const GRACE_MS = 25_000;

/** Longer than it takes to fall asleep, and shorter than the 5 s of a wait and those 10 s together. */
const POLL_EVERY_MS = 12_000;

/**
 * The Worker on plain workerd as it is when deployed: with storage that lasts, and so with alarms.
 * `npm start` keeps a room in memory for a grace instead, where that costs nobody anything.
 */
let deployed: RunningServer;
/** As `npm start` has it, with a log that says when a room wakes. */
let selfHosted: RunningServer;
/** The same for a managed room, which has timers of its own: a server counts those of all its rooms together. */
let withManaged: RunningServer;
let storage: string;
let logPath: string;
beforeAll(async () => {
  storage = await mkdtemp(join(tmpdir(), 'peerjs-storage-'));
  logPath = join(storage, 'self-hosted.log');
  const log = await open(logPath, 'w');
  const environment = { LOG_LEVEL: 'debug' };
  selfHosted = await startServer({ host: '127.0.0.1', port: 0, environment, output: log.fd });
  await log.close();
  withManaged = await startServer({
    host: '127.0.0.1',
    port: 0,
    environment: { LOG_LEVEL: 'off' },
    output: 'ignore',
  });
  const config = workerdConfig(
    await readWranglerConfig(),
    '127.0.0.1:0',
    { LEAVE_GRACE_MS: String(GRACE_MS), LOG_LEVEL: 'off', PUBLIC_METRICS: 'true' },
    { storage },
  );
  const module = join(await bundleWorker(), 'index.js');
  deployed = await startWorkerd(module, config, { output: 'ignore' });
});
afterAll(async () => {
  await Promise.all([deployed?.kill(), selfHosted?.stop(), withManaged?.stop()]);
  await rm(storage, { recursive: true, force: true });
});

/** What was counted in a room is reported at the next join, so somebody comes to have it reported. */
async function countersOf(origin: string, path: string) {
  const reporter = await TestPeer.open(origin, { path });
  // The report goes out 2 s later.
  await sleep(3000);
  await reporter.close();
  const response = await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } });
  const { counters } = (await response.json()) as {
    counters: { wakes: number; pendingSeconds: number };
  };
  return counters;
}

// Each waits for real hibernations, so they do so side by side.
describe.concurrent('a room sleeps', () => {
  it('through a grace, and the others get LEAVE at its end', async ({ expect }) => {
    const origin = `http://127.0.0.1:${deployed.port}`;
    const path = '/room/grace';
    const bob = await TestPeer.open(origin, { path });
    const alice = await TestPeer.open(origin, { path });
    alice.vanish();
    const lostAt = Date.now();
    await sleep(HIBERNATES_AFTER_MS + 5000);
    expect(bob.pending).toEqual([]);
    await expect.poll(() => bob.pending).toEqual([{ type: 'LEAVE', src: alice.id }]);
    expect(Date.now() - lostAt).toBeGreaterThanOrEqual(GRACE_MS - 500);

    // Its first use, and the alarm: it was not in memory in between, and no timer was pending.
    expect(await countersOf(origin, path)).toMatchObject({ wakes: 2, pendingSeconds: 0 });
  });

  it('between the calls of a guest that asks for an absent host every 12 s', async ({ expect }) => {
    const origin = `http://127.0.0.1:${selfHosted.port}`;
    const path = '/room/polled';
    const guest = await TestPeer.open(origin, { path });
    const call = async () => {
      guest.send({ type: 'OFFER', dst: 'host' });
      expect(await guest.next()).toEqual({ type: 'EXPIRE', src: 'host', dst: guest.id });
    };
    const start = Date.now();
    for (let calls = 0; calls < 4; calls += 1) {
      await sleep(calls * POLL_EVERY_MS - (Date.now() - start));
      await call();
    }
    // Awake for the first and the second call, asleep before the third and the fourth.
    const log = await readFile(logPath, 'utf8');
    expect(log.match(/"event":"coordinator.woke".*"room":"\/room\/polled"/g)).toHaveLength(3);
    const { pendingSeconds } = await countersOf(origin, path);
    // Only the first call has waited.
    expect(pendingSeconds).toBeGreaterThanOrEqual(4.9);
    expect(pendingSeconds).toBeLessThan(9);
  });

  it('but not a managed one where it would lose what its host made of it', async ({ expect }) => {
    const origin = `http://127.0.0.1:${withManaged.port}`;
    const ask = async (method: string, below: string, token = '', body = {}) => {
      const response = await fetch(`${origin}/peerjs/games/pong/rooms${below}`, {
        method,
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        ...(method !== 'GET' && { body: JSON.stringify(body) }),
      });
      return response.json();
    };
    const { id, options, room } = await ask('POST', '');
    const { path, token } = options;
    await TestPeer.open(origin, { id, path, token });
    await ask('PATCH', `/${room.code}`, token, { locked: true, state: { map: 'moon' } });
    await sleep(HIBERNATES_AFTER_MS + 5000);
    const after = await ask('PATCH', `/${room.code}`, token, { state: { round: 2 } });
    expect(after).toMatchObject({ locked: true, state: { map: 'moon', round: 2 }, host: id });
    const stranger = new TestPeer(origin, { path });
    expect(await stranger.next()).toMatchObject({ payload: { type: 'seat-required' } });
  });
});
