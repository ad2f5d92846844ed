import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { parseEnvironment } from '../settings.ts';
import { LocalRuntime } from './LocalRuntime.ts';

function newRuntime(environment: Readonly<Record<string, string>> = {}): LocalRuntime {
  const events = { connected() {}, disconnected() {}, received() {}, failed() {} };
  const settings = parseEnvironment({ LOG_LEVEL: 'off', ...environment });
  return new LocalRuntime(settings, Number.POSITIVE_INFINITY, events);
}

describe('no room is kept', () => {
  const path = parsePeerPath('/room/pong/kumora') ?? expect.fail();
  const claim = { id: 'ann', token: 'token', isOwner: false };

  it('for a client that guesses at one and is refused', async () => {
    const runtime = newRuntime();
    const upgrade = runtime.upgrade(new PassThrough(), Buffer.alloc(0), '');
    const outcome = await upgrade.join({ path, claim, mustHoldSeat: true });
    expect(outcome).toEqual({ refusal: 'too-many-connections' });
    expect([...runtime.rooms]).toEqual([]);
    await runtime.close();
  });

  it('for a client that is gone before the answer', async () => {
    const runtime = newRuntime();
    const stream = new PassThrough().destroy();
    await runtime.upgrade(stream, Buffer.alloc(0), '').join({ path, claim });
    expect([...runtime.rooms]).toEqual([]);
    expect(runtime.sockets.size).toBe(0);
    await runtime.close();
  });
});

describe('ROOMS_FILE', () => {
  const WRITE_MS = 5000;
  const EMPTY_MS = 60_000;
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
  const ROOMS_FILE = join(folder, 'rooms.json');
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function makeRoom(runtime: LocalRuntime): Promise<void> {
    const place = { game: 'pong', code: 'kumora' };
    const room = { size: 2, isPublic: false, meta: {} };
    await runtime.managedRooms.create(place, room, { id: 'ann', tokenHash: 'of ann' });
  }

  /** The codes of the rooms in the file. */
  function codesInFile(): string[] {
    const { rooms } = JSON.parse(readFileSync(ROOMS_FILE, 'utf8')) as {
      rooms: { managed: { code: string } }[];
    };
    return rooms.map(({ managed }) => managed.code);
  }

  it('costs nothing where it is not set: a room has its own timer and no other', async () => {
    const counts: number[] = [];
    for (const environment of [{}, { ROOMS_FILE }]) {
      const runtime = newRuntime(environment);
      await makeRoom(runtime);
      counts.push(vi.getTimerCount());
      await runtime.close();
    }
    expect(counts).toEqual([1, 2]);
  });

  it('a room is in the file while it is there, and no longer', async () => {
    const runtime = newRuntime({ ROOMS_FILE });
    await makeRoom(runtime);
    vi.advanceTimersByTime(WRITE_MS);
    await expect.poll(codesInFile).toEqual(['kumora']);
    vi.advanceTimersByTime(EMPTY_MS);
    expect([...runtime.rooms]).toEqual([]);
    await expect
      .poll(() => {
        // A write may be under way, behind which the next one comes.
        vi.advanceTimersByTime(WRITE_MS);
        return codesInFile();
      })
      .toEqual([]);
    await runtime.close();
  });
});
