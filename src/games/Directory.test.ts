import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import type { Listing } from '../room/Listing.ts';
import { Directory, type DirectoryRow, takenAt } from './Directory.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const HOUR = 3_600_000;
const ALL = { meta: {}, limit: 20 };
const DUEL = { size: 4, mode: 'duel', except: [] };

/** A public room that somebody is in. */
function listing(code: string, more: Partial<Listing> = {}): Listing {
  return {
    game: 'pong',
    code,
    size: 4,
    inUse: 1,
    reservedUntil: [],
    hasPassword: false,
    meta: {},
    hostName: 'Ann',
    createdAt: NOW,
    isPublic: true,
    matchMode: undefined,
    locked: false,
    isOver: false,
    ...more,
  };
}

function matched(code: string, more: Partial<Listing> = {}): Listing {
  return listing(code, { isPublic: false, matchMode: 'duel', ...more });
}

function directoryWith(...listings: Listing[]): Directory {
  const directory = new Directory('pong');
  for (const each of listings) directory.update(each, NOW);
  return directory;
}

const codesOf = (listings: readonly Listing[]) => listings.map(({ code }) => code);

describe('the codes of a game', () => {
  it('get longer when it has more rooms, and shorter when these are over', () => {
    const directory = new Directory('pong');
    const codes = Array.from({ length: 17 }, () => directory.newCode(NOW));
    expect(codes.map((code) => code.length)).toEqual([...new Array<number>(16).fill(6), 8]);
    for (const code of codes) directory.ended(code);
    expect(directory.newCode(NOW)).toHaveLength(6);
  });

  it('are those of one room each', () => {
    const directory = new Directory('pong');
    const codes = Array.from({ length: 5000 }, () => directory.newCode(NOW));
    expect(new Set(codes).size).toBe(5000);
  });

  it('count once, though a room says its end twice', () => {
    const directory = new Directory('pong');
    const codes = [directory.newCode(NOW), directory.newCode(NOW)];
    directory.ended(codes[0] ?? '');
    directory.ended(codes[0] ?? '');
    expect(directory.size).toBe(1);
  });

  it('are free again when a room says that it is over', () => {
    const directory = directoryWith(listing('kumora'));
    directory.update(listing('kumora', { isOver: true }), NOW);
    expect(directory.size).toBe(0);
  });

  it('of rooms that are not public count too, and those are not shown', () => {
    const directory = directoryWith(listing('kumora', { isPublic: false }));
    expect([directory.size, directory.list(ALL, NOW)]).toEqual([1, []]);
  });
});

describe('a room that could not say its end', () => {
  it('is asked for it after six hours without a word', () => {
    const directory = new Directory('pong');
    const code = directory.newCode(NOW);
    expect(directory.overdue(NOW + 6 * HOUR)).toBeUndefined();
    expect(directory.overdue(NOW + 6 * HOUR + 1)).toBe(code);
  });

  it('is asked later where it says something', () => {
    const directory = directoryWith(listing('kumora'), listing('bajifo'));
    directory.update(listing('kumora'), NOW + HOUR);
    expect(directory.overdue(NOW + 7 * HOUR)).toBe('bajifo');
    directory.ended('bajifo');
    expect(directory.overdue(NOW + 7 * HOUR)).toBeUndefined();
  });
});

describe('the list', () => {
  it('has the public rooms, the newest first', () => {
    const directory = directoryWith(
      listing('kumora'),
      listing('bajifo', { createdAt: NOW + 2 }),
      listing('rutasi', { createdAt: NOW + 1 }),
    );
    expect(codesOf(directory.list(ALL, NOW))).toEqual(['bajifo', 'rutasi', 'kumora']);
    expect(codesOf(directory.list({ ...ALL, limit: 2 }, NOW))).toEqual(['bajifo', 'rutasi']);
  });

  it.each<[string, Partial<Listing>]>([
    ['is not public', { isPublic: false }],
    ['is locked', { locked: true }],
    ['is full', { inUse: 4 }],
    ['has a seat for each player who is awaited', { reservedUntil: [1, 2, 3].map((n) => NOW + n) }],
    ['is empty', { inUse: 0 }],
    ['is over', { isOver: true }],
  ])('has no room that %s', (_, change) => {
    const directory = directoryWith(listing('kumora'), listing('kumora', change));
    expect(directory.list(ALL, NOW)).toEqual([]);
  });

  it('has a room again when a seat that was kept in vain is free', () => {
    const room = listing('kumora', { inUse: 3, reservedUntil: [NOW + 30 * SECOND] });
    const directory = directoryWith(room);
    expect(directory.list(ALL, NOW + 29 * SECOND)).toEqual([]);
    expect(directory.list(ALL, NOW + 30 * SECOND)).toEqual([room]);
  });

  it('has a room whose maker is awaited, until its seat is free', () => {
    const room = listing('kumora', { inUse: 0, reservedUntil: [NOW + 30 * SECOND] });
    const directory = directoryWith(room);
    expect(directory.list(ALL, NOW)).toEqual([room]);
    expect(directory.list(ALL, NOW + 30 * SECOND)).toEqual([]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a text', { mode: 'duel' }, ['kumora']],
    ['a number', { level: '3' }, ['bajifo', 'kumora']],
    ['true', { ranked: 'true' }, ['bajifo']],
    ['null', { map: 'null' }, ['bajifo']],
    ['a list', { maps: '["a","b"]' }, ['bajifo']],
    ['two at once', { mode: 'duel', level: '3' }, ['kumora']],
    ['what no room says', { mode: 'race' }, []],
    ['what every object has', { constructor: 'Object' }, []],
  ])('is filtered by what a room says of itself: %s', (_, meta, codes) => {
    const directory = directoryWith(
      listing('kumora', { meta: { mode: 'duel', level: 3 } }),
      listing('bajifo', {
        createdAt: NOW + 1,
        meta: { level: 3, ranked: true, map: null, maps: ['a', 'b'] },
      }),
    );
    expect(codesOf(directory.list({ ...ALL, meta }, NOW))).toEqual(codes);
  });
});

describe('a room that has been quiet for long', () => {
  it('is asked after a minute, while somebody looks', () => {
    const directory = directoryWith(listing('kumora'));
    expect(directory.toAsk(ALL, NOW + 60 * SECOND)).toEqual([]);
    expect(directory.toAsk(ALL, NOW + 60 * SECOND + 1)).toEqual(['kumora']);
    directory.update(listing('kumora'), NOW + 61 * SECOND);
    expect(directory.toAsk(ALL, NOW + 62 * SECOND)).toEqual([]);
  });

  it('is not asked where it would not be shown', () => {
    const directory = directoryWith(
      listing('kumora', { meta: { mode: 'duel' } }),
      listing('bajifo', { createdAt: NOW + 1, locked: true }),
      listing('rutasi', { createdAt: NOW + 2 }),
      matched('fojibu'),
    );
    const late = NOW + 70 * SECOND;
    expect(directory.toAsk({ ...ALL, limit: 1 }, late)).toEqual(['rutasi']);
    expect(directory.toAsk({ ...ALL, meta: { mode: 'duel' } }, late)).toEqual(['kumora']);
  });

  it('is not shown after 90 s, until it answers', () => {
    const room = listing('kumora');
    const directory = directoryWith(room);
    expect(directory.list(ALL, NOW + 90 * SECOND)).toEqual([room]);
    expect(directory.list(ALL, NOW + 90 * SECOND + 1)).toEqual([]);
    directory.update(room, NOW + 91 * SECOND);
    expect(directory.list(ALL, NOW + 92 * SECOND)).toEqual([room]);
  });

  it('is asked with few others at a time: a request may make fifty calls', () => {
    const rooms = Array.from({ length: 100 }, (_, n) => listing(`room-${n}`));
    const asked = directoryWith(...rooms).toAsk({ ...ALL, limit: 100 }, NOW + 2 * HOUR);
    expect(asked).toHaveLength(40);
  });

  it('is asked at once where the clock was set back', () => {
    const directory = directoryWith(listing('kumora'));
    expect(directory.toAsk(ALL, NOW - HOUR)).toEqual(['kumora']);
  });
});

describe('a match', () => {
  it('is a new room where there is none', () => {
    const directory = new Directory('pong');
    const code = directory.match(DUEL, NOW);
    expect([code.length, directory.size]).toEqual([6, 1]);
  });

  it('is the fullest room of the size and mode', () => {
    const directory = directoryWith(
      matched('kumora', { inUse: 1 }),
      matched('bajifo', { inUse: 2 }),
      matched('rutasi', { inUse: 3, size: 8 }),
      matched('fojibu', { inUse: 3, matchMode: 'race' }),
      listing('tatota', { inUse: 3 }),
    );
    expect(directory.match(DUEL, NOW)).toBe('bajifo');
  });

  it('is the fullest room, though an older one has more free seats', () => {
    const directory = directoryWith(
      matched('bajifo', { inUse: 2, createdAt: NOW + 1 }),
      matched('kumora', { inUse: 1, createdAt: NOW }),
    );
    expect(directory.match(DUEL, NOW)).toBe('bajifo');
  });

  it('is the oldest of the fullest rooms', () => {
    const directory = directoryWith(
      matched('kumora', { createdAt: NOW + 1 }),
      matched('bajifo', { createdAt: NOW }),
      matched('rutasi', { createdAt: NOW + 2 }),
    );
    expect(directory.match(DUEL, NOW)).toBe('bajifo');
  });

  it('is no room that is empty: it may be about to end', () => {
    const directory = directoryWith(matched('kumora', { inUse: 0 }));
    expect(directory.match(DUEL, NOW)).not.toBe('kumora');
  });

  it('is no room that did not let the player in, and none with a password', () => {
    const directory = directoryWith(
      matched('kumora', { inUse: 3 }),
      matched('bajifo', { inUse: 2, hasPassword: true }),
      matched('rutasi'),
    );
    expect(directory.match({ ...DUEL, except: ['kumora'] }, NOW)).toBe('rutasi');
  });

  it('is no room that is locked', () => {
    const directory = directoryWith(matched('kumora'), matched('kumora', { locked: true }));
    expect(directory.match(DUEL, NOW)).not.toBe('kumora');
  });

  it('is a room whose seat was kept in vain, before any other', () => {
    const until = NOW + 30 * SECOND;
    const directory = directoryWith(matched('kumora', { inUse: 3, reservedUntil: [until] }));
    const other = directory.match(DUEL, until - 1);
    expect(other).not.toBe('kumora');
    expect(directory.match(DUEL, until)).toBe('kumora');
  });

  it('is promised for five seconds to a player who does not come', () => {
    const directory = directoryWith(matched('kumora', { inUse: 3 }));
    expect(directory.match(DUEL, NOW)).toBe('kumora');
    expect(directory.match(DUEL, NOW + 5 * SECOND)).not.toBe('kumora');
    expect(directory.match(DUEL, NOW + 5 * SECOND + 1)).toBe('kumora');
  });

  it('is promised and kept for no longer where the clock was set back', () => {
    const kept = NOW + 30 * SECOND;
    const directory = directoryWith(
      matched('kumora', { inUse: 3 }),
      matched('bajifo', { inUse: 2, reservedUntil: [kept], createdAt: NOW + 1 }),
    );
    expect(directory.match(DUEL, NOW)).toBe('kumora');
    expect(directory.match(DUEL, NOW)).toBe('bajifo');
    const hourAgo = NOW - 3600 * SECOND;
    expect(directory.match(DUEL, hourAgo)).toBe('kumora');
    expect(directory.match(DUEL, hourAgo)).toBe('bajifo');
    expect(directory.match(DUEL, hourAgo)).toBe('bajifo');
  });

  it.each([2, 3, 4, 7, 32])('gives 200 players at once rooms of exactly %i', (size) => {
    const directory = new Directory('pong');
    const players = new Map<string, number>();
    for (let count = 0; count < 200; count += 1) {
      const code = directory.match({ size, mode: '', except: [] }, NOW);
      players.set(code, (players.get(code) ?? 0) + 1);
    }
    const rest = 200 % size;
    const full = new Array<number>(Math.floor(200 / size)).fill(size);
    expect([...players.values()]).toEqual(rest === 0 ? full : [...full, rest]);
  });
});

/** Rooms as they really are, and a directory that hears of them in some order. */
class Games {
  now = NOW;
  readonly rows = new Map<string, DirectoryRow>();
  readonly rooms = new Map<string, { seats: number; awaited: number[]; createdAt: number }>();
  directory = this.restored();

  restored(): Directory {
    const store = {
      put: (key: string, row: DirectoryRow) => this.rows.set(key, structuredClone(row)),
      delete: (key: string) => this.rows.delete(key),
    };
    return new Directory('pong', store, this.rows.values());
  }

  listing(code: string): Listing {
    const { seats, awaited, createdAt } = this.rooms.get(code) ?? {
      seats: 0,
      awaited: [],
      createdAt: this.now,
    };
    const isFull = seats === 4;
    return matched(code, {
      inUse: seats,
      reservedUntil: awaited,
      createdAt,
      isPublic: true,
      locked: isFull,
      isOver: !this.rooms.has(code),
    });
  }

  tell(code: string): void {
    this.directory.update(this.listing(code), this.now);
  }
}

type Step =
  | { readonly kind: 'match' | 'connect' | 'leave' | 'end'; readonly which: number }
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'evict' };

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('match', 'match', 'match', 'connect', 'connect', 'leave', 'end'),
    which: fc.nat(1000),
  }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('evict' as const) }),
) as fc.Arbitrary<Step>;

/** One step of the world, after which the room that it was about has told the directory. */
function take(games: Games, action: Step): void {
  const codes = [...games.rooms.keys()];
  switch (action.kind) {
    case 'match': {
      const code = games.directory.match(DUEL, games.now);
      const room = games.rooms.get(code) ?? { seats: 0, awaited: [], createdAt: games.now };
      games.rooms.set(code, room);
      const taken = takenAt(games.listing(code), games.now);
      expect(taken, 'a player is never sent to a room without a seat').toBeLessThan(4);
      room.awaited = [...room.awaited.filter((at) => at > games.now), games.now + 30 * SECOND];
      games.tell(code);
      return;
    }
    case 'time':
      games.now += action.seconds * SECOND;
      return;
    case 'evict':
      games.directory = games.restored();
      return;
    case 'connect':
    case 'leave':
    case 'end': {
      const code = codes[action.which % codes.length];
      const room = code === undefined ? undefined : games.rooms.get(code);
      if (code === undefined || room === undefined) return;
      room.awaited = room.awaited.filter((at) => at > games.now);
      if (action.kind === 'connect' && room.awaited.length > 0) {
        room.awaited.shift();
        room.seats += 1;
      } else if (action.kind === 'leave' && room.seats > 0) room.seats -= 1;
      else if (action.kind === 'end') games.rooms.delete(code);
      games.tell(code);
      return;
    }
    default:
      action satisfies never;
  }
}

describe('whatever happens', () => {
  it('the directory shows what the rooms are, sends nobody to a room without a seat, and loses nothing by an eviction', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const games = new Games();
        for (const action of steps) {
          take(games, action);
          const { directory, now } = games;
          expect(directory.size).toBe(games.rooms.size);
          const all = { meta: {}, limit: 1000 };
          const listed = directory.list(all, now);
          expect(games.restored().list(all, now)).toEqual(listed);
          for (const room of listed) expect(room).toEqual(games.listing(room.code));
        }
      }),
      fuzzing(300),
    );
  });

  it('a player is sent to a new room only where no room that is waiting has a seat', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const games = new Games();
        for (const action of steps) {
          const waiting = [...games.rooms.keys()].filter((code) => {
            const taken = takenAt(games.listing(code), games.now);
            return taken > 0 && taken < 4 && !games.listing(code).locked;
          });
          const before = games.rooms.size;
          take(games, action);
          if (action.kind === 'match' && waiting.length > 0) expect(games.rooms.size).toBe(before);
        }
      }),
      fuzzing(300),
    );
  });
});
