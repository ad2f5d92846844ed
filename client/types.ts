import type { RoomError } from './RoomError.ts';

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** An object in JSON. */
export type JsonObject = { [key: string]: Json };

/**
 * A change of a room's state: `null` takes a key away. Where nobody has said what the state is, as with
 * `joinRoom<State>`, it is any object that JSON can hold.
 */
export type StatePatch<State extends object> = string extends keyof State
  ? object
  : { readonly [Key in keyof State]?: State[Key] | null | undefined };

/** Where rooms are. */
export interface Where {
  /** The address of the server. Left out: where this script came from, which works for `/client.bundle.js`. */
  server?: string | undefined;
  /** The name of your game, of `a-z`, `0-9` and `-`. Left out: a room that nobody makes, `/room/<code>`. */
  game?: string | undefined;
  /** The access key of the server, if it has one of its own. */
  key?: string | undefined;
  /**
   * A signed token, if the server wants one, or what gives one: a function is asked before the page
   * comes in, and before it comes back later. The player has the id that the token is for, its `sub`.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Links go from the host to each other player, and not from each to each: for more than eight. */
  star?: boolean | undefined;
  /**
   * `false`: the server is not told how the links of this page ended. It counts them, so that its
   * operator sees which share of the players connects, and keeps no address.
   */
  report?: boolean | undefined;
}

/** What a player says of itself. */
export interface Profile {
  /** Up to 40 characters. */
  name?: string | undefined;
  /** An object that JSON can hold, up to 500 bytes as JSON. */
  data?: object | undefined;
}

/** A player of the room. */
export interface Player {
  readonly id: string;
  readonly name: string;
  readonly ready: boolean;
  /** The server has lost this player for the moment. */
  readonly away: boolean;
  readonly data: Readonly<JsonObject>;
}

/** How messages get to a player. `none`: in a star, to whom only the host has a link. */
export type Via = 'connecting' | 'direct' | 'turn' | 'server' | 'lost' | 'none';

/** Another player of the room. */
export interface RoomPeer extends Player {
  /** The time to the player and back in milliseconds, once measured. */
  readonly ping: number | undefined;
  readonly via: Via;
  /** Why the player is `lost`: it does not answer, or nothing gets from here to there. */
  readonly reason: 'no-answer' | 'no-path' | undefined;
}

/** `reconnecting`: the server is away; the game goes on meanwhile. `left`: it is over. */
export type RoomStatus = 'online' | 'reconnecting' | 'left';

/** What a listener of each event gets. */
export interface RoomEvents {
  peerjoin: [peer: RoomPeer];
  peerleave: [peer: RoomPeer];
  /** The room has another host. */
  host: [hostId: string];
  /** Anything about the room or a player has changed. */
  update: [];
  /** `error` says why a player was put out. */
  status: [status: RoomStatus, error: RoomError | undefined];
  stream: [stream: MediaStream, peer: RoomPeer];
}
