import { RELAYED_TYPES, type RelayedType } from '../protocol/messages.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../protocol/refusals.ts';
import { ROOM_ERROR_TYPES, type RoomErrorType } from '../protocol/roomRefusals.ts';
import { addAll, addBuckets, countIn, noBuckets, zeroes } from './counting.ts';
import { addLinks, type LinkCounters, noLinks } from './LinkCounters.ts';

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
const MILLISECONDS = ['pending', 'waited'] as const;
const NUMBERS = [...EVENTS, ...MILLISECONDS];

/** Why a room that had a host has another one. */
const HOST_CHANGES = ['left', 'yielded', 'handed-over', 'silent'] as const;
export type HostChangeCause = (typeof HOST_CHANGES)[number];

/** All that is counted: plain data, for reports and storage. formats.ts says what each means. */
export interface Counters extends Record<(typeof NUMBERS)[number], number> {
  readonly relayed: Record<RelayedType, number>;
  readonly refusals: Record<RefusalReason, number>;
  /** Requests for seats that were refused. */
  readonly seatRefusals: Record<RoomErrorType, number>;
  readonly hostChanges: Record<HostChangeCause, number>;
  /** How many messages waited for how long: a number for each bucket. */
  readonly waits: number[];
  /** Undefined where none are reported, as in every room: the collector has many of these objects. */
  links: LinkCounters | undefined;
}

/** The upper bounds of the buckets, in milliseconds. What took longer is in one more bucket. */
export const WAIT_BUCKETS = [1, 10, 100, 500, 1000, 2000, 5000, 10_000] as const;

export function noCounters(): Counters {
  return {
    ...zeroes(NUMBERS),
    relayed: zeroes(RELAYED_TYPES),
    refusals: zeroes(REFUSAL_REASONS),
    seatRefusals: zeroes(ROOM_ERROR_TYPES),
    hostChanges: zeroes(HOST_CHANGES),
    waits: noBuckets(WAIT_BUCKETS),
    links: undefined,
  };
}

/** Counts a message that reached its receiver `waited` milliseconds after it came in. */
export function countRelayed(counters: Counters, type: RelayedType, waited: number): void {
  counters.relayed[type] += 1;
  counters.waited += waited;
  countIn(counters.waits, WAIT_BUCKETS, waited);
}

/** The links that are counted there. */
export function linksIn(counters: Counters): LinkCounters {
  counters.links ??= noLinks();
  return counters.links;
}

/** Adds `more` to `counters`. What `more` lacks, because an older version stored it, counts as 0. */
export function addCounters(counters: Counters, more: Partial<Counters> = {}): Counters {
  for (const name of NUMBERS) counters[name] += more[name] ?? 0;
  addAll(counters.relayed, more.relayed);
  addAll(counters.refusals, more.refusals);
  addAll(counters.seatRefusals, more.seatRefusals);
  addAll(counters.hostChanges, more.hostChanges);
  addBuckets(counters.waits, more.waits);
  if (more.links !== undefined) addLinks(linksIn(counters), more.links);
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
