import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { directoryOf } from '../../src/durable-objects/namespaces.ts';
import type { Listing } from '../../src/room/Listing.ts';

const ALL = { meta: {}, limit: 20 };

let games = 0;

/** The directory of a game that no other test uses. */
function newGame() {
  games += 1;
  const game = `game-${games}`;
  return { game, directory: directoryOf(env, game), object: env.DIRECTORIES.getByName(game) };
}

/** A public room that somebody is in. */
function listing(game: string, code: string, more: Partial<Listing> = {}): Listing {
  return {
    game,
    code,
    size: 4,
    inUse: 1,
    reservedUntil: [],
    hasPassword: false,
    meta: { mode: 'duel' },
    hostName: 'Ann',
    createdAt: Date.now(),
    isPublic: true,
    matchMode: undefined,
    locked: false,
    isOver: false,
    ...more,
  };
}

describe('the directory of a game', () => {
  it('has its rooms still after an eviction', async () => {
    const { game, directory, object } = newGame();
    const room = listing(game, 'kumora');
    await directory.update(room);
    await directory.update(listing(game, 'bajifo', { isPublic: false, matchMode: 'duel' }));
    await evictDurableObject(object);
    expect(await directory.list(ALL)).toEqual([room]);
    expect(await directory.match({ size: 4, mode: 'duel', except: [] })).toBe('bajifo');
  });

  it('knows after an eviction how many rooms there are, so that codes are long enough', async () => {
    const { directory, object } = newGame();
    for (let count = 0; count < 16; count += 1) expect(await directory.newCode()).toHaveLength(6);
    await evictDurableObject(object);
    expect(await directory.newCode()).toHaveLength(8);
  });

  it('leaves nothing in storage once its last room is over', async () => {
    const { game, directory, object } = newGame();
    const code = await directory.newCode();
    await directory.update(listing(game, 'kumora'));
    const stored = () =>
      runInDurableObject(object, (_, { storage }) => [...storage.kv.list()].length);
    expect(await stored()).toBe(2);
    await directory.returnCode(code);
    await directory.update(listing(game, 'kumora', { isOver: true }));
    expect(await stored()).toBe(0);
  });

  it('is another one for each game', async () => {
    const [one, other] = [newGame(), newGame()];
    await one.directory.update(listing(one.game, 'kumora'));
    expect(await other.directory.list(ALL)).toEqual([]);
  });

  it('asks a room that has been quiet for a minute, and forgets one that is gone', async () => {
    const { game, directory, object } = newGame();
    await directory.update(listing(game, 'kumora'));
    await runInDurableObject(object, (_, { storage }) => {
      const row = {
        code: 'kumora',
        heardAt: Date.now() - 61_000,
        listing: listing(game, 'kumora'),
      };
      storage.kv.put('kumora', row);
    });
    await evictDurableObject(object);
    expect(await directory.list(ALL)).toEqual([]);
    const stored = await runInDurableObject(object, (_, { storage }) => [...storage.kv.list()]);
    expect(stored).toEqual([]);
  });
});
