import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Listing } from '../room/Listing.ts';
import { MemoryDirectories } from './MemoryDirectories.ts';

const ALL = { meta: {}, limit: 20 };
const MINUTE = 60_000;

/** What rooms answer. Others are gone. */
let answers: Record<string, () => Promise<Listing | undefined>>;
let directories: MemoryDirectories;

beforeEach(() => {
  vi.useFakeTimers();
  answers = {};
  directories = new MemoryDirectories(async ({ code }) => answers[code]?.());
});
afterEach(() => {
  vi.useRealTimers();
});

/** A public room that somebody is in. */
function listing(code: string, more: Partial<Listing> = {}): Listing {
  return {
    ...{ game: 'pong', code, size: 4, inUse: 1, reservedUntil: [], hasPassword: false, meta: {} },
    ...{ hostName: 'Ann', createdAt: Date.now(), isPublic: true, matchMode: undefined },
    ...{ locked: false, isOver: false, ...more },
  };
}

const codes = async (game = 'pong') =>
  (await directories.list(game, ALL)).map(({ code }) => code).toSorted();

it('each game has its own rooms', async () => {
  await directories.update(listing('kumora'));
  await directories.update(listing('bajifo', { game: 'chess' }));
  expect([await codes(), await codes('chess'), await codes('go')]).toEqual([
    ['kumora'],
    ['bajifo'],
    [],
  ]);
});

it('a game without rooms takes no memory, however often somebody asks for its list', async () => {
  await directories.list('go', ALL);
  expect(directories.size).toBe(0);
  const code = await directories.newCode('go');
  await directories.update(listing('kumora'));
  expect(directories.size).toBe(2);
  await directories.update(listing(code, { game: 'go', isOver: true }));
  await directories.update(listing('kumora', { isOver: true }));
  expect(directories.size).toBe(0);
});

it('rooms that were quiet for long are asked before the list is shown: one is gone, one is there', async () => {
  await directories.update(listing('kumora'));
  await directories.update(listing('bajifo'));
  answers.kumora = async () => listing('kumora', { inUse: 2 });
  vi.advanceTimersByTime(MINUTE + 1);
  expect(await directories.list('pong', ALL)).toMatchObject([{ code: 'kumora', inUse: 2 }]);
});

it('a room that does not answer, or fails, keeps the list waiting for a second at most', async () => {
  for (const code of ['kumora', 'bajifo', 'rutasi']) await directories.update(listing(code));
  answers.kumora = () => new Promise(() => {});
  answers.bajifo = () => Promise.reject(new Error('overloaded'));
  answers.rutasi = async () => listing('rutasi');
  vi.advanceTimersByTime(2 * MINUTE);
  const list = codes();
  await vi.advanceTimersByTimeAsync(1000);
  expect(await list).toEqual(['rutasi']);
});

it('a room whose end is overdue is asked when another one is made', async () => {
  await directories.newCode('pong');
  vi.advanceTimersByTime(6 * 60 * MINUTE + 1);
  const code = await directories.newCode('pong');
  await vi.advanceTimersByTimeAsync(0);
  await directories.update(listing(code, { isOver: true }));
  expect(directories.size).toBe(0);
});

it('a room whose end is overdue is also asked when strangers are matched: a game may do nothing else', async () => {
  const wanted = { size: 4, mode: '', except: [] };
  await directories.update(listing(await directories.match('pong', wanted), { locked: true }));
  vi.advanceTimersByTime(6 * 60 * MINUTE + 1);
  const code = await directories.match('pong', wanted);
  await vi.advanceTimersByTimeAsync(0);
  await directories.update(listing(code, { isOver: true }));
  expect(directories.size).toBe(0);
});

it('the answer of a room that has ended since it was asked brings it not back', async () => {
  await directories.update(listing('kumora'));
  let answer = (_: Listing) => {};
  answers.kumora = () => new Promise((resolve) => (answer = resolve));
  vi.advanceTimersByTime(MINUTE + 1);
  const list = codes();
  await vi.advanceTimersByTimeAsync(0);
  await directories.update(listing('kumora', { isOver: true }));
  answer(listing('kumora'));
  expect(await list).toEqual([]);
});
