import { DurableObject } from 'cloudflare:workers';
import { Directory, type DirectoryRow } from '../games/Directory.ts';
import { LiveDirectory } from '../games/LiveDirectory.ts';
import type { ListRequest } from '../protocol/findRequests.ts';
import type { MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { listingOf } from './namespaces.ts';

/**
 * The directory of one game, named as the game. It runs no timer, and sleeps until a room or a player
 * has something to say. Self-hosted there is none: see `directories.ts`.
 */
export class GameDirectory extends DurableObject<Env> {
  readonly #directory: LiveDirectory;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { name: game } = ctx.id;
    if (game === undefined) throw new Error('a directory is reached by its name alone');
    const rows = [...ctx.storage.kv.list<DirectoryRow>()].map(([, row]) => row);
    this.#directory = new LiveDirectory(
      new Directory(game, ctx.storage.kv, rows),
      (code) => listingOf(env, { game, code }),
      // An empty database is billed for ever, and anybody may name a game.
      () => void ctx.storage.deleteAll(),
    );
  }

  /** A code for a new room, which counts from now on. A room that nobody made may have it all the same. */
  newCode(): string {
    return this.#directory.newCode();
  }

  /** A room says what it is now. The last room that ends takes the whole database with it. */
  update(listing: Listing): void {
    this.#directory.update(listing);
  }

  /** The public rooms with a free seat and somebody inside. Those that may be gone are asked first. */
  list(query: ListRequest): Promise<Listing[]> {
    return this.#directory.list(query);
  }

  /** The code of a room, which may be a new one, where the player is promised a seat for a moment. */
  match(query: MatchQuery): string {
    return this.#directory.match(query);
  }
}
