import type { Call } from './CallsInVain.ts';
import type { Claim } from './claim.ts';
import type { Member } from './Member.ts';

/** What is kept of a claim: all else of it matters only while the peer joins. */
type Identity = Pick<Claim, 'id' | 'token' | 'isOwner' | 'page' | 'requestId'>;

/**
 * What is persisted of a connected peer: plain data of a few kilobytes at most. Times are in
 * milliseconds since the epoch.
 */
export interface PeerRecord extends Identity {
  /** When the peer was last heard, to within PERSIST_EVERY_MS. */
  readonly heardAt: number;
  readonly joinedAt: number;
  /** The peer sends heartbeats in its own spelling, which the runtime does not answer. */
  readonly sendsOwnHeartbeats?: true | undefined;
  /** The peer has sent more than heartbeats. */
  readonly hasSpoken?: true | undefined;
  /** When the peer was first asked for a data connection, if it has not spoken yet. */
  readonly offeredAt?: number | undefined;
  /** When the last sockets with this id were replaced while they were open. */
  readonly takeovers?: readonly number[] | undefined;
  /** Whom the peer called in vain lately. */
  readonly calls?: readonly Call[] | undefined;
  /** In a room. */
  readonly member?: Member | undefined;
}

/** What is persisted of a peer in its grace period. Plain data. */
export interface AwayRecord extends Identity {
  /** When the grace period ends. */
  readonly until: number;
  /** Frames of the server itself that the peer gets when it reconnects, such as a LEAVE. */
  readonly missed: readonly string[];
  /** In a room. */
  readonly member?: Member | undefined;
}

/** The record of a peer without a socket, except when its grace period ends. */
export function withoutSocket(
  { id, token, isOwner, page, requestId, member }: Identity & Pick<AwayRecord, 'member'>,
  missed: AwayRecord['missed'] = [],
): Omit<AwayRecord, 'until'> {
  return { id, token, isOwner, page, requestId, missed, member };
}

/** A record with its times moved from one clock to another. */
export function withTimes(record: PeerRecord, move: (time: number) => number): PeerRecord {
  return {
    ...record,
    heardAt: move(record.heardAt),
    joinedAt: move(record.joinedAt),
    offeredAt: record.offeredAt === undefined ? undefined : move(record.offeredAt),
    takeovers: record.takeovers?.map(move),
    calls: record.calls?.map(([callee, at]) => [callee, move(at)] as const),
  };
}
