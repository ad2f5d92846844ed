import { RELAYED_TYPES, type RelayedType } from '../protocol/messages.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../protocol/refusals.ts';

/**
 * All that is counted. Plain data, so that counting is an increment, and so that it travels in a
 * report, in an attachment and in storage as it is.
 */
export interface Counters {
  /** Peers that joined. */
  connections: number;
  /** Joins that got an id which was held, by an open socket or in its grace. */
  takeovers: number;
  /** Times that a coordinator was constructed: its first use, and each end of a hibernation. */
  wakes: number;
  /**
   * Milliseconds that a timer of a coordinator was pending, and kept it in memory: for messages that
   * waited, and for sockets that were to be closed.
   */
  pending: number;
  /** Offers that came in: the first stage of a handshake. The last is an answer that was relayed. */
  offers: number;
  /** Messages that reached their receiver, by type. */
  readonly relayed: Record<RelayedType, number>;
  /** How long they were in the server: how many in each bucket of `WAIT_BUCKETS`. */
  readonly waits: number[];
  /** The sum of that, in milliseconds. */
  waited: number;
  /** EXPIREs: a peer learned that its messages to another were never delivered. */
  expired: number;
  /** Peers and frames that were turned away, by reason. */
  readonly refusals: Record<RefusalReason, number>;
  /** Failures of the server itself, each of which closed a socket that could have been open. */
  failures: number;
}

/**
 * The upper bounds of the histogram, in milliseconds; what is longer is in a bucket of its own. What
 * is relayed at once is in the first.
 */
export const WAIT_BUCKETS = [1, 10, 100, 500, 1000, 2000, 5000, 10_000] as const;

export function noCounters(): Counters {
  return {
    connections: 0,
    takeovers: 0,
    wakes: 0,
    pending: 0,
    offers: 0,
    relayed: zeroes(RELAYED_TYPES),
    waits: new Array<number>(WAIT_BUCKETS.length + 1).fill(0),
    waited: 0,
    expired: 0,
    refusals: zeroes(REFUSAL_REASONS),
    failures: 0,
  };
}

/**
 * Counts messages that reached their receiver.
 *
 * @param waited how long each was in the server, in milliseconds.
 */
export function countRelayed(
  counters: Counters,
  type: RelayedType,
  waited: number,
  messages = 1,
): void {
  counters.relayed[type] += messages;
  counters.waited += waited * messages;
  let bucket = 0;
  while (waited > (WAIT_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
  counters.waits[bucket] = (counters.waits[bucket] ?? 0) + messages;
}

/** Adds `more` to `counters`. What `more` does not have, since an older version wrote it, is 0. */
export function addCounters(counters: Counters, more: Partial<Counters>): void {
  counters.connections += more.connections ?? 0;
  counters.takeovers += more.takeovers ?? 0;
  counters.wakes += more.wakes ?? 0;
  counters.pending += more.pending ?? 0;
  counters.offers += more.offers ?? 0;
  for (const type of RELAYED_TYPES) counters.relayed[type] += more.relayed?.[type] ?? 0;
  for (const [bucket, count] of counters.waits.entries()) {
    counters.waits[bucket] = count + (more.waits?.[bucket] ?? 0);
  }
  counters.waited += more.waited ?? 0;
  counters.expired += more.expired ?? 0;
  for (const reason of REFUSAL_REASONS) counters.refusals[reason] += more.refusals?.[reason] ?? 0;
  counters.failures += more.failures ?? 0;
}

/** All messages that reached their receiver. */
export function relayedInAll({ relayed }: Counters): number {
  return RELAYED_TYPES.reduce((sum, type) => sum + relayed[type], 0);
}

function zeroes<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
