import type { ListRequest } from '../protocol/findRequests.ts';
import type { Directories } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { directoryOf } from './namespaces.ts';

/** The directories of all games, each of which is a Durable Object. */
export class GameDirectories implements Directories {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  async newCode(game: string): Promise<string> {
    return await directoryOf(this.#env, game).newCode();
  }

  async returnCode(game: string, code: string): Promise<void> {
    await directoryOf(this.#env, game).returnCode(code);
  }

  async list(game: string, query: ListRequest): Promise<readonly Listing[]> {
    return await directoryOf(this.#env, game).list(query);
  }

  async match(game: string, size: number, mode: string): Promise<string> {
    return await directoryOf(this.#env, game).match(size, mode);
  }
}
