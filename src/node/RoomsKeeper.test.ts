import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Logger } from '../log/Logger.ts';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import { RoomsKeeper } from './RoomsKeeper.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A file whose writes end when the test says so. */
class SlowFile {
  writes = 0;
  timesLeft = 0;
  end: (error?: Error) => void = () => {};

  write(_: Iterable<RoomSnapshot>): Promise<void> {
    this.writes += 1;
    return new Promise((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  leave(_: Iterable<RoomSnapshot>): void {
    this.timesLeft += 1;
  }
}

function keep(file = new SlowFile()) {
  const lines: object[] = [];
  const log = new Logger('info', {}, (_, line) => lines.push(JSON.parse(line)));
  const keeper = new RoomsKeeper(file, () => [], log);
  return { file, keeper, lines };
}

/** Lets the keeper go on behind a write that has ended. */
async function endWrite(file: SlowFile, error?: Error): Promise<void> {
  file.end(error);
  await vi.advanceTimersByTimeAsync(0);
}

const FULL = new Error('ENOSPC: no space left on device');

it('changes are written five seconds after the first of them, all in one write', () => {
  const { file, keeper } = keep();
  keeper.noteChange();
  vi.advanceTimersByTime(4999);
  keeper.noteChange();
  expect(file.writes).toBe(0);
  vi.advanceTimersByTime(1);
  expect(file.writes).toBe(1);
});

it('nothing is written, and no timer runs, while nothing changes', async () => {
  const { file, keeper } = keep();
  expect(vi.getTimerCount()).toBe(0);
  keeper.noteChange();
  vi.advanceTimersByTime(5000);
  await endWrite(file);
  expect(vi.getTimerCount()).toBe(0);
  expect(file.writes).toBe(1);
});

it('what changes during a write is written behind it, and never two at once', async () => {
  const { file, keeper } = keep();
  keeper.noteChange();
  vi.advanceTimersByTime(5000);
  keeper.noteChange();
  vi.advanceTimersByTime(60_000);
  expect(file.writes).toBe(1);
  await endWrite(file);
  vi.advanceTimersByTime(4999);
  expect(file.writes).toBe(1);
  vi.advanceTimersByTime(1);
  expect(file.writes).toBe(2);
});

it('a write that fails is tried again until one does not, and is logged once', async () => {
  const { file, keeper, lines } = keep();
  keeper.noteChange();
  for (let outage = 1; outage <= 2; outage += 1) {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      vi.advanceTimersByTime(5000);
      await endWrite(file, FULL);
    }
    expect(lines).toHaveLength(outage);
    vi.advanceTimersByTime(5000);
    expect(file.writes).toBe(4 * outage);
    await endWrite(file);
    expect(vi.getTimerCount()).toBe(0);
    keeper.noteChange();
  }
  expect(lines[0]).toMatchObject({
    level: 'error',
    event: 'rooms.unsaved',
    message: String(FULL),
  });
});

it('at its end it leaves all at once, and writes nothing behind that', async () => {
  const { file, keeper } = keep();
  keeper.noteChange();
  vi.advanceTimersByTime(5000);
  keeper.noteChange();
  keeper.close();
  expect(file.timesLeft).toBe(1);
  // The sockets are closed behind it.
  keeper.noteChange();
  await endWrite(file);
  expect(vi.getTimerCount()).toBe(0);
  expect(file.writes).toBe(1);
});

it('at its end no write is due any more', () => {
  const { file, keeper } = keep();
  keeper.noteChange();
  keeper.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(file.timesLeft).toBe(1);
});

it('says that rooms are lost if they cannot be left', () => {
  const file = new SlowFile();
  vi.spyOn(file, 'leave').mockImplementation(() => {
    throw FULL;
  });
  const { keeper, lines } = keep(file);
  keeper.close();
  expect(lines).toMatchObject([{ level: 'error', event: 'rooms.lost', message: String(FULL) }]);
});

it('a write that is due keeps no process alive', () => {
  // A fake one that was spied on would stay.
  vi.useRealTimers();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const { keeper } = keep();
  keeper.noteChange();
  const isHeld = timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
  timers.mockRestore();
  keeper.close();
  expect(isHeld).toEqual([false]);
});
