import {
  LINK_FAILURES,
  LINK_ROUTES,
  type LinkFailure,
  type LinkReport,
} from '../protocol/linkReports.ts';
import { addAll, addBuckets, countIn, noBuckets, zeroes } from './counting.ts';
import type { LinkOrigin } from './linkOrigin.ts';

/** How links end: by the route of those that were made, and those that were not. */
export const LINK_ENDS = [...LINK_ROUTES, 'failed'] as const;
type LinkEnds = Record<(typeof LINK_ENDS)[number], number>;

/** The links that players report. Plain data, for reports and storage. */
export interface LinkCounters {
  /** By country and kind of network, such as `DE mobile`: only those that occur. */
  readonly from: Record<string, LinkEnds>;
  readonly failures: Record<LinkFailure, number>;
  /** How many links were made after how long: a number for each bucket. */
  readonly times: number[];
  /** How long all that were made took together, in milliseconds. */
  taken: number;
}

/** The upper bounds of the buckets, in milliseconds. What took longer is in one more bucket. */
export const LINK_BUCKETS = [250, 500, 1000, 2000, 5000, 10_000, 20_000] as const;

export function noLinks(): LinkCounters {
  return { from: {}, failures: zeroes(LINK_FAILURES), times: noBuckets(LINK_BUCKETS), taken: 0 };
}

/** Counts a link that a player has reported from this origin. */
export function countLink(counters: LinkCounters, origin: LinkOrigin, link: LinkReport): void {
  const ends = endsOf(counters, `${origin.country} ${origin.network}`);
  if (link.connected) {
    ends[link.route] += 1;
    counters.taken += link.ms;
    countIn(counters.times, LINK_BUCKETS, link.ms);
  } else {
    ends.failed += 1;
    counters.failures[link.reason] += 1;
  }
}

/** Adds `more` to `counters`. */
export function addLinks(counters: LinkCounters, more: LinkCounters): void {
  for (const [origin, ends] of Object.entries(more.from)) addAll(endsOf(counters, origin), ends);
  addAll(counters.failures, more.failures);
  addBuckets(counters.times, more.times);
  counters.taken += more.taken;
}

/** The links from each origin. */
export function linksByOrigin({ from }: LinkCounters) {
  return Object.entries(from).map(([origin, ends]) => {
    const [country = '', network = ''] = origin.split(' ');
    return { country, network, ...ends };
  });
}

/** All links that were tried, and those of them that were made. */
export function linksInAll(links: LinkCounters | undefined) {
  const sums = zeroes(LINK_ENDS);
  for (const ends of Object.values(links?.from ?? {})) addAll(sums, ends);
  const { failed, ...made } = sums;
  const linksMade = Object.values(made).reduce((sum, count) => sum + count, 0);
  return { linksTried: linksMade + failed, linksMade };
}

function endsOf({ from }: LinkCounters, origin: string): LinkEnds {
  const ends = from[origin] ?? zeroes(LINK_ENDS);
  from[origin] = ends;
  return ends;
}
