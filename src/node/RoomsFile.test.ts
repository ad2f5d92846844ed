import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import { SettingsError } from '../settings.ts';
import { RoomsFile } from './RoomsFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'rooms-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function newPath(): string {
  files += 1;
  return join(folder, `${files}.json`);
}

const ROOM: RoomSnapshot = {
  managed: {
    game: 'pong',
    code: 'kumora',
    size: 4,
    isPublic: false,
    locked: false,
    started: false,
    meta: {},
    state: {},
    salt: 'salt',
    seats: [],
    bans: [],
    term: 1,
    createdAt: 0,
  },
  peers: [{ id: 'ann', token: 'secret', isOwner: false, missed: [] }],
};

function taken(path: string): { rooms: readonly RoomSnapshot[]; problems: string[] } {
  const problems: string[] = [];
  return { rooms: new RoomsFile(path).take((why) => problems.push(why)), problems };
}

it('what one process leaves, the next one takes, and nobody after it', () => {
  const path = newPath();
  new RoomsFile(path).leave([ROOM]);
  expect(taken(path)).toEqual({ rooms: [ROOM], problems: [] });
  expect(readFileSync(path, 'utf8')).not.toContain('secret');
  expect(taken(path)).toEqual({ rooms: [], problems: [] });
});

it('only its owner may read it', () => {
  const path = newPath();
  new RoomsFile(path).leave([ROOM]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('is made where there is none', () => {
  const path = newPath();
  expect(taken(path)).toEqual({ rooms: [], problems: [] });
  expect(statSync(path).isFile()).toBe(true);
});

it.each([
  ['half a file', '{"version":1,"roo', 'SyntaxError'],
  ['another version', '{"version":2,"rooms":[]}', 'it has version 2, not 1'],
])('%s is a problem, and no reason not to start', (_, text, problem) => {
  const path = newPath();
  writeFileSync(path, text);
  const { rooms, problems } = taken(path);
  expect(rooms).toEqual([]);
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

it('a place where nothing can be written is a wrong setting', () => {
  const path = join(folder, 'nowhere', 'rooms.json');
  expect(() => taken(path)).toThrow(SettingsError);
  expect(() => taken(path)).toThrow(
    `ROOMS_FILE is "${path}", which cannot be written: Error: ENOENT`,
  );
});
