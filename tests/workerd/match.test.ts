import { runDurableObjectAlarm } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerPeer } from '../support/workerPeer.ts';

/** How long a seat is kept for a player who does not connect. */
const AWAITED_MS = 30_000;
/** LEAVE_GRACE_MS of this project. */
const GRACE_MS = 4000;

interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
}

let games = 0;

beforeEach(() => {
  games += 1;
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function match(): Promise<Seat> {
  const url = `http://localhost/peerjs/games/match-${games}/match`;
  return (await exports.default.fetch(url, { method: 'POST' })).json();
}

function sit({ id, options: { path, token } }: Seat): Promise<WorkerPeer> {
  return WorkerPeer.open({ id, path, token });
}

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Players get seats in a room of four, and take them. */
async function threeSit(): Promise<{ path: string; peers: WorkerPeer[] }> {
  const seats = [await match(), await match(), await match()];
  const path = seats[0]?.options.path ?? '';
  expect(seats.map(({ options }) => options.path)).toEqual([path, path, path]);
  return { path, peers: await Promise.all(seats.map(sit)) };
}

/** The next player, once the directory has heard of what happened last. */
function nextPath(path: string) {
  return expect.poll(async () => (await match()).options.path).toBe(path);
}

it('the seat of a player who never connects is the next one’s after 30 s, and not before', async () => {
  const { path } = await threeSit();
  expect((await match()).options.path).toBe(path);
  const other = await match();
  expect(other.options.path).not.toBe(path);
  pass(AWAITED_MS - 1000);
  expect((await match()).options.path).toBe(other.options.path);
  pass(1000);
  await nextPath(path);
});

it('the seat of a player whose connection is lost is the next one’s once its grace is over', async () => {
  const { path, peers } = await threeSit();
  const fourth = await match();
  expect(fourth.options.path).toBe(path);
  pass(AWAITED_MS);
  peers[2]?.vanish();
  await peers[2]?.untilClosed();
  await nextPath(path);
  expect((await match()).options.path).not.toBe(path);
  pass(GRACE_MS);
  await runDurableObjectAlarm(env.COORDINATORS.getByName(path));
  await nextPath(path);
});

it('a room that nobody ever connects to is given to nobody', async () => {
  const { options } = await match();
  pass(AWAITED_MS);
  expect((await match()).options.path).not.toBe(options.path);
});
