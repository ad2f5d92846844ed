import type { ListRequest } from '../protocol/findRequests.ts';
import type { Directories, MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import type { RoomPlace } from '../room/ManagedRooms.ts';
import { Directory } from './Directory.ts';
import { LiveDirectory } from './LiveDirectory.ts';

/** The directories of all games of one process. A game without rooms has none. */
export class MemoryDirectories implements Directories {
  readonly #games = new Map<string, LiveDirectory>();
  readonly #ask: (place: RoomPlace) => Promise<Listing | undefined>;

  /** @param ask a room what it is now. Undefined if there is none. */
  constructor(ask: (place: RoomPlace) => Promise<Listing | undefined>) {
    this.#ask = ask;
  }

  /** How many games have rooms. */
  get size(): number {
    return this.#games.size;
  }

  /** A room says what it is now. */
  async update(listing: Listing): Promise<void> {
    this.#of(listing.game).update(listing);
  }

  async newCode(game: string): Promise<string> {
    return this.#of(game).newCode();
  }

  async list(game: string, query: ListRequest): Promise<readonly Listing[]> {
    return (await this.#games.get(game)?.list(query)) ?? [];
  }

  async match(game: string, query: MatchQuery): Promise<string> {
    return this.#of(game).match(query);
  }

  #of(game: string): LiveDirectory {
    let directory = this.#games.get(game);
    if (directory === undefined) {
      directory = new LiveDirectory(
        new Directory(game),
        (code) => this.#ask({ game, code }),
        () => this.#games.delete(game),
      );
      this.#games.set(game, directory);
    }
    return directory;
  }
}
