import type { Snapshot } from '../metrics/Collection.ts';
import type { LinkOrigin, RequestNetwork } from '../metrics/linkOrigin.ts';
import type { LinkReport } from '../protocol/linkReports.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { ErrorReason, RefusalReason } from '../protocol/refusals.ts';
import type { RoomErrorType } from '../protocol/roomRefusals.ts';
import type { Settings } from '../settings.ts';
import type { Claim } from './claim.ts';
import type { Directories } from './Directories.ts';
import type { ManagedRooms } from './ManagedRooms.ts';

/**
 * What handlers ask of the process that holds the sockets: Durable Objects (src/durable-objects) or one
 * Node process (src/node). Each request has its own.
 */
export interface Runtime {
  readonly settings: Settings;
  readonly address: RequestAddress;
  /** What the platform knows of the network that the request came from. */
  readonly network: RequestNetwork;
  /** Undefined where the platform counts no requests. This server then counts them in memory. */
  readonly addressLimiter: AddressLimiter | undefined;
  /** Counts wrong codes and passwords, where the platform does that too. */
  readonly guessLimiter: AddressLimiter | undefined;
  /** Undefined for a request that does not ask to become a WebSocket. */
  readonly upgrade: Upgrade<Response> | undefined;
  /** The ids of the peers that are connected to a room or realm, in the order in which they joined. */
  listPeers(path: PeerPath): Promise<string[]>;
  /** The rooms that were made by HTTP. */
  readonly managedRooms: ManagedRooms;
  /** The codes of these rooms, the public lists, and quick match. */
  readonly directories: Directories;
  /**
   * Checks that rooms can be reached, without waking any.
   *
   * @throws if they cannot. It may never settle where the platform hangs.
   */
  checkRooms(): Promise<void>;
  /** Counts what was decided without asking a room. */
  count(what: RefusalReason | 'failure'): void;
  /** Counts a request for a seat that was refused. */
  countSeatRefusal(type: RoomErrorType): void;
  /** Counts links that a player reports. */
  countLinks(from: LinkOrigin, links: readonly LinkReport[]): void;
  /** All that was counted, and who is connected. */
  metrics(): Promise<Snapshot>;
  /** Lets work go on after the request is answered. */
  waitUntil(work: Promise<unknown>): void;
}

/** A peer that has passed every check that needs no answer of its room. */
export interface Join {
  readonly path: PeerPath;
  readonly claim: Claim;
  /** The peer may join only with a seat that it was given: its address has guessed too often. */
  readonly mustHoldSeat?: boolean | undefined;
  /** The peer asks for a seat in a managed room as it joins, as it could by HTTP before. */
  readonly seatWish?: SeatWish | undefined;
}

/** What the room needs to know of a peer that asks for a seat as it joins. */
export interface SeatWish {
  /** Where the request came from, if that says anything: a ban holds for it too. */
  readonly address: string | undefined;
}

/**
 * The upgrade of one request to a WebSocket. Each method answers it, except a join that is refused.
 *
 * @template Answer what finishes the request: a `Response` in a Worker, nothing in Node.
 */
export interface Upgrade<Answer> {
  /**
   * Hands the socket to the peer's room.
   *
   * @throws if the room cannot be reached.
   */
  join(join: Join): Promise<JoinOutcome<Answer>>;
  /**
   * Opens the socket, sends the refusal and closes it with 1008: a browser cannot see the status of
   * a failed upgrade.
   */
  refuse(reason: ErrorReason): Answer;
  /** Opens the socket and closes it with 1013, without an ERROR, so that the client may try again. */
  turnAway(): Answer;
}

/** What became of a join. */
export type JoinOutcome<Answer> =
  | {
      readonly answer: Answer;
      /** Nobody had made the room, and nobody was there. */
      readonly foundNobody: boolean;
    }
  | { readonly refusal: RefusalReason };

/** Where a request came from. */
export interface RequestAddress {
  /** The client's address, where the platform vouches for it, as Cloudflare does. */
  readonly client: string | undefined;
  /** The address at the other end of the socket: the client's or a proxy's. */
  readonly socket: string | undefined;
}

/** Counts requests by a key. */
export interface AddressLimiter {
  /** Counts one more, and says whether it is within the limit. */
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}
