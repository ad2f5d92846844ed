import { MemoryDirectories } from '../games/MemoryDirectories.ts';
import type { ListRequest } from '../protocol/findRequests.ts';
import type { Directories, MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { settingsOf } from '../settings.ts';
import { directoryOf, listingOf } from './namespaces.ts';

/** What handlers ask of directories, and what rooms tell them. */
interface ToldDirectories extends Directories {
  /** A room says what it is now. */
  update(listing: Listing): Promise<void>;
}

/**
 * Self-hosted, storage is memory, and lasts only as long as its object (workerdConfig.ts). If the object
 * of each game were never evicted, anybody could fill the memory by asking for many games. But all
 * objects of a workerd process run in one isolate with the Worker, so the Worker's memory is enough.
 */
let inMemory: MemoryDirectories | undefined;

/** The directories of all games. */
export function directories(env: Env): ToldDirectories {
  return settingsOf(env).isSelfHosted ? ofThisProcess(env) : new GameDirectories(env);
}

function ofThisProcess(env: Env): ToldDirectories {
  inMemory ??= new MemoryDirectories((place) => listingOf(env, place));
  return inMemory;
}

/** The directories on Cloudflare: each is a Durable Object, `GameDirectory`. */
class GameDirectories implements ToldDirectories {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  newCode(game: string) {
    return directoryOf(this.#env, game).newCode();
  }

  update(listing: Listing) {
    return directoryOf(this.#env, listing.game).update(listing);
  }

  list(game: string, query: ListRequest) {
    return directoryOf(this.#env, game).list(query);
  }

  match(game: string, query: MatchQuery) {
    return directoryOf(this.#env, game).match(query);
  }
}
