import type { Snapshot } from '../metrics/Collection.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { ErrorReason, RefusalReason } from '../protocol/refusals.ts';
import type { Claim } from './claim.ts';

/** A peer that may come in, as far as can be said without asking its room. */
export interface Join {
  readonly path: PeerPath;
  readonly claim: Claim;
}

/**
 * What handlers ask of whoever holds the sockets: Durable Objects (src/durable-objects) or one Node
 * process (src/node). There is one for each request.
 */
export interface Runtime {
  /** The settings of this server. */
  readonly settings: Settings;
  /** The address at the other end of the request's socket, as the runtime writes it. */
  readonly socketAddress: string | undefined;
  /**
   * Counts requests by address, where the platform does it. Undefined: they are counted in memory,
   * and only where a proxy tells the addresses.
   */
  readonly addressLimiter: AddressLimiter | undefined;
  /** The ids of the peers that are connected at a place. */
  listPeers(path: PeerPath): Promise<string[]>;
  /**
   * Asks whether rooms can be reached, without touching a room of anybody.
   *
   * @throws if they cannot. It may also never end.
   */
  checkRooms(): Promise<void>;
  /** Counts what was decided without a room, or in its place. */
  count(what: RefusalReason | 'failure'): void;
  /** All that was counted, and who is connected. */
  metrics(): Promise<Snapshot>;
  /** Lets work go on after the request was answered. */
  waitUntil(work: Promise<unknown>): void;
}

/**
 * The upgrade of one request to a WebSocket.
 *
 * @template Answer what the runtime needs to finish it: a `Response` for a Worker, nothing for Node.
 */
export interface Upgrade<Answer> {
  /**
   * Hands the socket to the peer's room.
   *
   * @returns why the room refuses the join, if it does. The socket is still to be answered then.
   * @throws if the room cannot be reached.
   */
  join(join: Join): Promise<Joined<Answer> | RefusalReason>;
  /** Opens the socket, sends the refusal, and closes it with 1008: a browser cannot see the status of a failed upgrade. */
  refuse(reason: ErrorReason): Answer;
  /** Opens the socket and closes it with 1013: for what passes by itself, and needs no ERROR. */
  turnAway(): Answer;
}

/** A join that succeeded. */
export interface Joined<Answer> {
  readonly answer: Answer;
}

/** Counts one more request for a key, and says whether it is within the limit. */
export interface AddressLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

type Settings = import('../config.ts').Config;
