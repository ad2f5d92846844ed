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
 * What handlers ask of whoever holds the sockets: Durable Objects (src/durable-objects) or one Node
 * process (src/node). There is one for each request.
 */
export interface Runtime {
  readonly settings: Settings;
  readonly address: RequestAddress;
  /** What the platform knows of the network that the request came from. */
  readonly network: RequestNetwork;
  /** Undefined where the platform counts no requests: then this server counts them in memory. */
  readonly addressLimiter: AddressLimiter | undefined;
  /** Counts wrong codes and passwords, where the platform does that too. */
  readonly guessLimiter: AddressLimiter | undefined;
  /** Undefined for a request that does not ask to become a WebSocket. */
  readonly upgrade: Upgrade<Response> | undefined;
  /** The ids of the peers that are connected at a place, in the order in which they joined. */
  listPeers(path: PeerPath): Promise<string[]>;
  /** The rooms that were made by HTTP. */
  readonly managedRooms: ManagedRooms;
  /** The codes of these rooms, those that are public, and those that strangers are matched into. */
  readonly directories: Directories;
  /**
   * Checks that rooms can be reached, without touching anybody's room.
   *
   * @throws if they cannot. A platform that hangs may let it wait without end.
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

/** A peer that may join, as far as this can be said without asking its room. */
export interface Join {
  readonly path: PeerPath;
  readonly claim: Claim;
  /** It may join only with a seat that it was given, since its address has guessed too much. */
  readonly mustHoldSeat?: boolean | undefined;
  /** It asks for a seat in a managed room, as it could by HTTP before. */
  readonly seatWish?: SeatWish | undefined;
}

/** What is said of a peer that asks for a seat as it joins. */
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
