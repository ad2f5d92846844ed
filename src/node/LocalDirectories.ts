import { Directory } from '../games/Directory.ts';
import type { ListRequest } from '../protocol/findRequests.ts';
import type { Directories, MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import type { RoomPlace } from '../room/ManagedRooms.ts';

/** The directories of all games of this process. A game without rooms has none. */
export class LocalDirectories implements Directories {
  readonly #games = new Map<string, Directory>();
  readonly #listingOf: (place: RoomPlace) => Listing | undefined;

  /** @param listingOf what a room is now; undefined if there is none. */
  constructor(listingOf: (place: RoomPlace) => Listing | undefined) {
    this.#listingOf = listingOf;
  }

  /** A room says what it is now. */
  update(listing: Listing): void {
    this.#of(listing.game).update(listing, Date.now());
    this.#forgetIfEmpty(listing.game);
  }

  async newCode(game: string): Promise<string> {
    return this.#of(game).newCode(Date.now());
  }

  async returnCode(game: string, code: string): Promise<void> {
    this.#games.get(game)?.ended(code);
    this.#forgetIfEmpty(game);
  }

  async list(game: string, query: ListRequest): Promise<readonly Listing[]> {
    const directory = this.#games.get(game);
    if (directory === undefined) return [];
    const now = Date.now();
    for (const code of directory.toAsk(query, now)) {
      const listing = this.#listingOf({ game, code });
      if (listing === undefined) directory.ended(code);
      else directory.update(listing, now);
    }
    return directory.list(query, now);
  }

  async match(game: string, query: MatchQuery): Promise<string> {
    return this.#of(game).match(query, Date.now());
  }

  #of(game: string): Directory {
    let directory = this.#games.get(game);
    if (directory === undefined) {
      directory = new Directory(game);
      this.#games.set(game, directory);
    }
    return directory;
  }

  #forgetIfEmpty(game: string): void {
    if (this.#games.get(game)?.size === 0) this.#games.delete(game);
  }
}
