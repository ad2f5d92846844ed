import type { Call } from './CallsInVain.ts';
import type { Claim } from './claim.ts';
import type { MessageGuard } from './MessageGuard.ts';
import { Unheard } from './Unheard.ts';

/**
 * What has to be known of a connected peer after the room has lost its memory: plain data, of a few
 * kilobytes at the most. Times are in milliseconds since the epoch.
 */
export interface PeerRecord extends Claim {
  /** When it was last heard, as far as that was written down: see REMEMBER_EVERY_MS. */
  readonly heardAt: number;
  readonly joinedAt: number;
  /** It sends heartbeats that the runtime does not answer, since they are spelled otherwise. */
  readonly sendsOwnHeartbeats?: true | undefined;
  /** It has sent more than heartbeats. */
  readonly hasSpoken?: true | undefined;
  /** When it was first asked for a data connection, where it has not spoken yet. */
  readonly offeredAt?: number | undefined;
  /** When the last sockets with this id were replaced while they were open. */
  readonly takeovers?: readonly number[] | undefined;
  /** Whom it called in vain lately. */
  readonly calls?: readonly Call[] | undefined;
}

/** A peer whose socket was lost, in its grace: what has to be known until that ends. Plain data. */
export interface AwayPeer extends Claim {
  /** When the grace ends. */
  readonly until: number;
  /** Frames of the server itself that it has to get when it comes back, such as a LEAVE. */
  readonly missed: readonly string[];
}

/** A peer that is connected. */
export class Peer<C> implements Claim {
  readonly id: string;
  readonly token: string;
  readonly isOwner: boolean;
  readonly requestId: string | undefined;
  readonly connection: C;
  readonly joinedAt: number;
  readonly takeovers: readonly number[];
  /** When it last gave a sign of life, as far as we have looked. */
  heardAt: number;
  /** The `heardAt` that was last written down. */
  recordedAt: number;
  sendsOwnHeartbeats: boolean;
  hasSpoken: boolean;
  offeredAt: number | undefined;
  readonly unheard = new Unheard();
  /** This and the next are made when the peer first speaks: most peers of a realm that wakes do not. */
  guard: MessageGuard | undefined;
  /** How its frames begin for those who get them. */
  frameHead: string | undefined;

  constructor(connection: C, record: PeerRecord) {
    this.connection = connection;
    this.id = record.id;
    this.token = record.token;
    this.isOwner = record.isOwner;
    this.requestId = record.requestId;
    this.joinedAt = record.joinedAt;
    this.takeovers = record.takeovers ?? [];
    this.heardAt = record.heardAt;
    this.recordedAt = record.heardAt;
    this.sendsOwnHeartbeats = record.sendsOwnHeartbeats ?? false;
    this.hasSpoken = record.hasSpoken ?? false;
    this.offeredAt = record.offeredAt;
  }

  record(calls: readonly Call[] | undefined): PeerRecord {
    return {
      id: this.id,
      token: this.token,
      isOwner: this.isOwner,
      requestId: this.requestId,
      heardAt: this.recordedAt,
      joinedAt: this.joinedAt,
      sendsOwnHeartbeats: this.sendsOwnHeartbeats || undefined,
      hasSpoken: this.hasSpoken || undefined,
      offeredAt: this.offeredAt,
      takeovers: this.takeovers.length === 0 ? undefined : this.takeovers,
      calls,
    };
  }
}
