import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

/** More than is made into JSON at once. */
const MANY = Array.from({ length: 1000 }, (_, number) => ({
  ...ROOM,
  managed: { ...ROOM.managed, code: `code-${number}` },
}));

function found(path: string): { rooms: readonly RoomSnapshot[]; problems: string[] } {
  const problems: string[] = [];
  return { rooms: new RoomsFile(path).read((why) => problems.push(why)), problems };
}

/** The files that belong to a path, by what stands behind its name. */
function filesAt(path: string): string[] {
  const name = basename(path);
  const names = readdirSync(folder).filter((each) => each.startsWith(name));
  return names.map((each) => each.slice(name.length));
}

it('what one process leaves, the next one finds, and so does the one behind a crash of that', () => {
  const path = newPath();
  new RoomsFile(path).leave([ROOM]);
  for (let start = 0; start < 2; start += 1) {
    expect(found(path)).toEqual({ rooms: [ROOM], problems: [] });
  }
  expect(filesAt(path)).toEqual(['']);
});

it('what a process writes while it runs is found after a crash', async () => {
  const path = newPath();
  const file = new RoomsFile(path);
  await file.write([ROOM]);
  expect(found(path).rooms).toEqual([ROOM]);
  await file.write(MANY);
  expect(found(path).rooms).toEqual(MANY);
  await file.write([]);
  expect(found(path).rooms).toEqual([]);
  expect(filesAt(path)).toEqual(['']);
});

it('the process goes on between the pieces of a write', async () => {
  let turns = 0;
  let turn = setImmediate(function next() {
    turns += 1;
    turn = setImmediate(next);
  });
  const seen = new Set<number>();
  function* rooms() {
    for (const room of MANY) {
      seen.add(turns);
      yield room;
    }
  }
  await new RoomsFile(newPath()).write(rooms());
  clearImmediate(turn);
  expect(seen.size).toBeGreaterThan(1);
});

it('what a process leaves counts, whatever it was writing', async () => {
  const path = newPath();
  const file = new RoomsFile(path);
  function* rooms() {
    yield* MANY;
    file.leave([ROOM]);
  }
  await file.write(rooms());
  expect(found(path).rooms).toEqual([ROOM]);
  expect(filesAt(path)).toEqual(['']);
});

it('a write that fails leaves what was there', async () => {
  const path = newPath();
  const file = new RoomsFile(path);
  await file.write([ROOM]);
  function* rooms() {
    yield* MANY;
    throw new Error('no more');
  }
  await expect(file.write(rooms())).rejects.toThrow('no more');
  expect(found(path).rooms).toEqual([ROOM]);
  expect(filesAt(path)).toEqual(['']);
});

it('only its owner may read it', async () => {
  const path = newPath();
  const file = new RoomsFile(path);
  await file.write([ROOM]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  file.leave([ROOM]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('is made where there is none', () => {
  const path = newPath();
  expect(found(path)).toEqual({ rooms: [], problems: [] });
  expect(statSync(path).isFile()).toBe(true);
});

it.each([
  ['half a file', '{"version":1,"roo', 'SyntaxError'],
  ['another version', '{"version":2,"rooms":[]}', 'it has version 2, not 1'],
  ['no list', '{"version":1}', 'it has no list of rooms'],
])('%s is a problem, and no reason not to start', (_, text, problem) => {
  const path = newPath();
  writeFileSync(path, text);
  const { rooms, problems } = found(path);
  expect(rooms).toEqual([]);
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

it('a place where nothing can be read or written is a wrong setting', () => {
  const nowhere = join(folder, 'nowhere', 'rooms.json');
  expect(() => found(nowhere)).toThrow(SettingsError);
  expect(() => found(nowhere)).toThrow(
    `ROOMS_FILE is "${nowhere}", which cannot be read and written: Error: ENOENT`,
  );
  const directory = newPath();
  mkdirSync(directory);
  expect(() => found(directory)).toThrow('which cannot be read and written: Error: EISDIR');
});

it('a link is a wrong setting: what is behind it would stay as it is', async () => {
  const [path, link] = [newPath(), newPath()];
  await new RoomsFile(path).write([ROOM]);
  symlinkSync(path, link);
  expect(() => found(link)).toThrow(
    `ROOMS_FILE is "${link}", which cannot be read and written: Error: a link or a device`,
  );
});

it.runIf(existsSync('/dev/full'))(
  'a disk that is full keeps nobody from starting, and loses nothing',
  async () => {
    const path = newPath();
    const file = new RoomsFile(path);
    await file.write([ROOM]);
    // What is written to it does not fit.
    symlinkSync('/dev/full', `${path}.whole`);
    symlinkSync('/dev/full', `${path}.part`);
    expect(found(path)).toEqual({ rooms: [ROOM], problems: [] });
    await expect(file.write(MANY)).rejects.toThrow('ENOSPC');
    expect(found(path).rooms).toEqual([ROOM]);
    await file.write(MANY);
    expect(found(path).rooms).toEqual(MANY);
  },
);
