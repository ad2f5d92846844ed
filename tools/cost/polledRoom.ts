import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../selfhost/startServer.ts';
import type { Summary } from '../../src/metrics/formats.ts';
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
  const logPath = join(tmpdir(), `polled-room-${process.pid}.log`);
  const log = await open(logPath, 'w');
  const environment = { LOG_LEVEL: 'debug' };
  const server = await startServer({ host: HOST, port: 0, environment, output: log.fd });
  await log.close();
  const origin = `http://${HOST}:${server.port}`;
  try {
    const guest = await TestPeer.open(origin, { path: '/room/polled' });
    const beats = setInterval(() => guest.send(HEARTBEAT), HEARTBEAT_EVERY_MS);
    await sleep(REPORT_MS);
    const pendingBefore = await pendingSeconds(origin);
    const wakesBefore = await wakesIn(logPath);

    const startedAt = performance.now();
    for (let poll = 1; poll <= POLLS; poll += 1) {
      guest.send({ type: 'OFFER', dst: 'host', payload: {} });
      await untilExpired(guest);
      await sleep(startedAt + poll * POLL_EVERY_SECONDS * 1000 - performance.now());
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);

    clearInterval(beats);
    const wakes = (await wakesIn(logPath)) - wakesBefore;
    const pending = (await pendingSeconds(origin)) - pendingBefore;
    await guest.close();
    return {
      everySeconds: POLL_EVERY_SECONDS,
      polls: POLLS,
      seconds,
      wakes,
      pendingSeconds: Number(pending.toFixed(1)),
    };
  } finally {
    await server.stop();
    await rm(logPath);
  }
}

/** The metrics have it at once: a room reports a wait when it ends. */
async function pendingSeconds(origin: string): Promise<number> {
  const response = await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } });
  return ((await response.json()) as Summary).counters.pendingSeconds;
}

/** The metrics do not have all: a wake without a join, a leave, an answer or a wait is not reported. */
async function wakesIn(logPath: string): Promise<number> {
  return (await readFile(logPath, 'utf8')).split('"event":"coordinator.woke"').length - 1;
}

/** The answers to heartbeats come in between. */
async function untilExpired(peer: TestPeer): Promise<void> {
  for (let frame = await peer.next(); frame.type !== 'EXPIRE'; frame = await peer.next());
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
