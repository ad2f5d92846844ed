import type { ListRequest } from '../protocol/findRequests.ts';
import type { Listing } from './Listing.ts';

/** The directories of all games, as handlers use them. */
export interface Directories {
  /**
   * A code for a new room of the game, which counts from now on. If the room is not made, the directory
   * finds that out by itself.
   */
  newCode(game: string): Promise<string>;
  /** The public rooms with a free seat and somebody inside, the newest first. */
  list(game: string, query: ListRequest): Promise<readonly Listing[]>;
  /**
   * Promises a player a seat in a room of this size and mode.
   *
   * @returns the code of the room. The first player who comes there has to make it.
   */
  match(game: string, query: MatchQuery): Promise<string>;
}

/** Which room a player wants. */
export interface MatchQuery {
  readonly size: number;
  /** What is played, which may be empty. */
  readonly mode: string;
  /** The codes of rooms that did not let the player in. */
  readonly except: readonly string[];
}
