import { startServer } from '../../selfhost/startServer.ts';
import { HEARTBEAT } from '../../src/protocol/messages.ts';
import { TestPeer } from '../../tests/support/testPeer.ts';
import type { Counters } from './counters.ts';

const HOST = '127.0.0.1';
const POLL_EVERY_SECONDS = 12;
/** The first of them waits, and so does the one a minute after that one was given up. */
const POLLS = 10;
const HEARTBEAT_EVERY_MS = 5000;
/** Coordinators report what they counted 2 s after a join. */
const REPORT_MS = 3000;

/**
 * A guest asks every 12 s for a host that is not there. How often does its room come into memory
 * again, so that it must have slept, and how long does a timer keep it from sleeping?
 */
export async function measurePolledRoom(): Promise<Counters['polledRoom']> {
  const server = await startServer({ host: HOST, port: 0, environment: {}, output: 'ignore' });
  const origin = `http://${HOST}:${server.port}`;
  try {
    const guest = await TestPeer.open(origin, { path: '/room/polled' });
    const beats = setInterval(() => guest.send(HEARTBEAT), HEARTBEAT_EVERY_MS);
    await sleep(REPORT_MS);
    const before = await countersOf(origin);

    const startedAt = performance.now();
    for (let poll = 1; poll <= POLLS; poll += 1) {
      guest.send({ type: 'OFFER', dst: 'host', payload: {} });
      await untilExpired(guest);
      await sleep(startedAt + poll * POLL_EVERY_SECONDS * 1000 - performance.now());
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);

    clearInterval(beats);
    // It makes the room report. If that wakes it, it is the wake that a further poll would have been.
    const witness = await TestPeer.open(origin, { path: '/room/polled' });
    await sleep(REPORT_MS);
    const after = await countersOf(origin);
    await Promise.all([guest.close(), witness.close()]);
    return {
      everySeconds: POLL_EVERY_SECONDS,
      polls: POLLS,
      seconds,
      wakes: after.wakes - before.wakes,
      pendingSeconds: Number((after.pendingSeconds - before.pendingSeconds).toFixed(1)),
    };
  } finally {
    await server.stop();
  }
}

interface RoomCounters {
  readonly wakes: number;
  readonly pendingSeconds: number;
}

async function countersOf(origin: string): Promise<RoomCounters> {
  const response = await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } });
  return ((await response.json()) as { counters: RoomCounters }).counters;
}

/** The answers to heartbeats come in between. */
async function untilExpired(peer: TestPeer): Promise<void> {
  for (let frame = await peer.next(); frame.type !== 'EXPIRE'; frame = await peer.next());
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
