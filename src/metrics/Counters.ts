import {
  LINK_FAILURES,
  LINK_ROUTES,
  type LinkFailure,
  type LinkReport,
} from '../protocol/linkReports.ts';
import { RELAYED_TYPES, type RelayedType } from '../protocol/messages.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../protocol/refusals.ts';
import { ROOM_ERROR_TYPES, type RoomErrorType } from '../protocol/roomRefusals.ts';
import type { LinkOrigin } from './linkOrigin.ts';

const EVENTS = [
  'connections',
  'takeovers',
  'wakes',
  'offers',
  'expired',
  'failures',
  'roomsMade',
  'matches',
  'kicks',
] as const;
const MILLISECONDS = ['pending', 'waited', 'linking'] as const;
const NUMBERS = [...EVENTS, ...MILLISECONDS];

/** Why a room that had a host has another one. */
export const HOST_CHANGES = ['left', 'yielded', 'handed-over', 'silent'] as const;
export type HostChangeCause = (typeof HOST_CHANGES)[number];

/** How links end: by the route of those that were made, and those that were not. */
export const LINK_ENDS = [...LINK_ROUTES, 'failed'] as const;
export type LinkEnds = Record<(typeof LINK_ENDS)[number], number>;

/** All that is counted: plain data, for reports and storage. formats.ts says what each means. */
export interface Counters extends Record<(typeof NUMBERS)[number], number> {
  readonly relayed: Record<RelayedType, number>;
  readonly refusals: Record<RefusalReason, number>;
  /** Requests for seats that were refused. */
  readonly seatRefusals: Record<RoomErrorType, number>;
  readonly hostChanges: Record<HostChangeCause, number>;
  /** How many relayed messages waited for how long: a number for each bucket. */
  readonly waits: number[];
  /** The links that players report, by where they are: only those that occur, such as `DE mobile`. */
  readonly links: Record<string, LinkEnds>;
  readonly linkFailures: Record<LinkFailure, number>;
  /** How many links were made after how long: a number for each bucket. `linking` is the sum. */
  readonly linkTimes: number[];
}

/** The upper bounds of the buckets, in milliseconds. What took longer is in one more bucket. */
export const WAIT_BUCKETS = [1, 10, 100, 500, 1000, 2000, 5000, 10_000] as const;
export const LINK_BUCKETS = [250, 500, 1000, 2000, 5000, 10_000, 20_000] as const;

export function noCounters(): Counters {
  return {
    ...zeroes(NUMBERS),
    relayed: zeroes(RELAYED_TYPES),
    refusals: zeroes(REFUSAL_REASONS),
    seatRefusals: zeroes(ROOM_ERROR_TYPES),
    hostChanges: zeroes(HOST_CHANGES),
    waits: noBuckets(WAIT_BUCKETS),
    links: {},
    linkFailures: zeroes(LINK_FAILURES),
    linkTimes: noBuckets(LINK_BUCKETS),
  };
}

/** Counts a message that reached its receiver `waited` milliseconds after it came in. */
export function countRelayed(counters: Counters, type: RelayedType, waited: number): void {
  counters.relayed[type] += 1;
  counters.waited += waited;
  countIn(counters.waits, WAIT_BUCKETS, waited);
}

/** Counts a link that a player has reported from there. */
export function countLink(counters: Counters, from: LinkOrigin, link: LinkReport): void {
  const ends = endsOf(counters, `${from.country} ${from.network}`);
  if (link.connected) {
    ends[link.route] += 1;
    counters.linking += link.ms;
    countIn(counters.linkTimes, LINK_BUCKETS, link.ms);
  } else {
    ends.failed += 1;
    counters.linkFailures[link.reason] += 1;
  }
}

/** Adds `more` to `counters`. What `more` lacks, because an older version stored it, counts as 0. */
export function addCounters(counters: Counters, more: Partial<Counters> = {}): Counters {
  for (const name of NUMBERS) counters[name] += more[name] ?? 0;
  addAll(counters.relayed, more.relayed);
  addAll(counters.refusals, more.refusals);
  addAll(counters.seatRefusals, more.seatRefusals);
  addAll(counters.hostChanges, more.hostChanges);
  addBuckets(counters.waits, more.waits);
  for (const [from, ends] of Object.entries(more.links ?? {})) addAll(endsOf(counters, from), ends);
  addAll(counters.linkFailures, more.linkFailures);
  addBuckets(counters.linkTimes, more.linkTimes);
  return counters;
}

/** All messages that reached their receiver. */
export function relayedInAll({ relayed }: Counters): number {
  return RELAYED_TYPES.reduce((sum, type) => sum + relayed[type], 0);
}

/** All joins refused and frames dropped. */
export function refusedInAll({ refusals }: Counters): number {
  return REFUSAL_REASONS.reduce((sum, reason) => sum + refusals[reason], 0);
}

function endsOf({ links }: Counters, from: string): LinkEnds {
  const ends = links[from] ?? zeroes(LINK_ENDS);
  links[from] = ends;
  return ends;
}

function noBuckets(bounds: readonly number[]): number[] {
  return new Array<number>(bounds.length + 1).fill(0);
}

function countIn(buckets: number[], bounds: readonly number[], value: number): void {
  let bucket = 0;
  while (value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
  buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}

function addBuckets(buckets: number[], more: readonly number[] = []): void {
  for (const bucket of buckets.keys()) {
    buckets[bucket] = (buckets[bucket] ?? 0) + (more[bucket] ?? 0);
  }
}

function addAll<Key extends string>(
  counts: Record<Key, number>,
  more: Partial<Record<Key, number>> = {},
): void {
  for (const key of Object.keys(counts) as Key[]) counts[key] += more[key] ?? 0;
}

function zeroes<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
