import type { ListRequest } from '../protocol/findRequests.ts';
import type { Directories, MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { directoryOf } from './namespaces.ts';

/** The directories of all games, each of which is a Durable Object. */
export class GameDirectories implements Directories {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  newCode(game: string): Promise<string> {
    return directoryOf(this.#env, game).newCode();
  }

  returnCode(game: string, code: string): Promise<void> {
    return directoryOf(this.#env, game).returnCode(code);
  }

  list(game: string, query: ListRequest): Promise<readonly Listing[]> {
    return directoryOf(this.#env, game).list(query);
  }

  match(game: string, query: MatchQuery): Promise<string> {
    return directoryOf(this.#env, game).match(query);
  }
}
