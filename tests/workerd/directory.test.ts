import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ListingTeller } from '../../src/durable-objects/ListingTeller.ts';
import { directoryOf } from '../../src/durable-objects/namespaces.ts';
import { Logger } from '../../src/log/Logger.ts';
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

/** What the directory knows is from a room that has said nothing since. */
async function heardAMinuteAgo(
  object: ReturnType<typeof newGame>['object'],
  said: Listing,
): Promise<void> {
  await runInDurableObject(object, (_, { storage }) => {
    storage.kv.put(said.code, { code: said.code, heardAt: Date.now() - 61_000, listing: said });
  });
  await evictDurableObject(object);
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
    await directory.update(listing(game, code, { isOver: true }));
    await directory.update(listing(game, 'kumora', { isOver: true }));
    expect(await stored()).toBe(0);
  });

  it('is another one for each game', async () => {
    const [one, other] = [newGame(), newGame()];
    await one.directory.update(listing(one.game, 'kumora'));
    expect(await other.directory.list(ALL)).toEqual([]);
  });

  it('asks a room that has been quiet for a minute, and shows what it is now', async () => {
    const { game, directory, object } = newGame();
    const made = await exports.default.fetch(`http://localhost/peerjs/games/${game}/rooms`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ public: true, name: 'Bob' }),
    });
    const { room } = (await made.json()) as { room: { code: string } };
    await expect.poll(() => directory.list(ALL)).toHaveLength(1);
    await heardAMinuteAgo(object, listing(game, room.code));
    expect(await directory.list(ALL)).toMatchObject([{ code: room.code, hostName: 'Bob' }]);
  });

  it('asks a room that has been quiet for a minute, and forgets one that is gone', async () => {
    const { game, directory, object } = newGame();
    await directory.update(listing(game, 'kumora'));
    await heardAMinuteAgo(object, listing(game, 'kumora'));
    expect(await directory.list(ALL)).toEqual([]);
    const stored = await runInDurableObject(object, (_, { storage }) => [...storage.kv.list()]);
    expect(stored).toEqual([]);
  });
});

it('a room tells its directory again where the call fails', async () => {
  const calls: Listing[] = [];
  const update = async (told: Listing) => {
    if (calls.push(told) === 1) throw new Error('Network connection lost.');
  };
  const away = { ...env, DIRECTORIES: { getByName: () => ({ update }) } };
  const room = listing('pong', 'kumora');
  new ListingTeller(away as unknown as Env, new Logger('off')).tell(room);
  await expect.poll(() => calls, { timeout: 30_000 }).toEqual([room, room]);
});
