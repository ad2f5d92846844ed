import * as v from 'valibot';
import { PEER_ID, readRequest } from './roomRequests.ts';

/** What carries a link: the kind of ICE candidate that was chosen, or this server (RELAY frames). */
export const LINK_ROUTES = ['host', 'srflx', 'relay', 'server'] as const;
export type LinkRoute = (typeof LINK_ROUTES)[number];

/** Why there is no link: the other never answered, ICE found no way, or something else. */
export const LINK_FAILURES = ['no-answer', 'no-path', 'other'] as const;
export type LinkFailure = (typeof LINK_FAILURES)[number];

/** The most links in one report. */
export const MAX_LINKS = 32;
/** The longest time of an attempt, in milliseconds: nobody waits longer for a link. */
const MAX_MS = 600_000;

const MS = `must be a whole number from 0 to ${MAX_MS}`;
const ms = v.pipe(v.number(MS), v.integer(MS), v.minValue(0, MS), v.maxValue(MAX_MS, MS));

/** `prflx` counts as `srflx`: it also goes through a router, by a candidate that was found on the way. */
const route = v.pipe(
  v.picklist([...LINK_ROUTES, 'prflx'], `must be one of ${LINK_ROUTES.join(', ')}`),
  v.transform((it): LinkRoute => (it === 'prflx' ? 'srflx' : it)),
);

const LINK = v.variant(
  'connected',
  [
    v.strictObject({ to: PEER_ID, connected: v.literal(true), ms, route }),
    v.strictObject({
      to: PEER_ID,
      connected: v.literal(false),
      ms,
      reason: v.picklist(LINK_FAILURES, `must be one of ${LINK_FAILURES.join(', ')}`),
    }),
  ],
  'must be true or false',
);

const COUNT = `must be a list of 1 to ${MAX_LINKS}`;
const LINKS = v.strictObject({
  links: v.pipe(v.array(LINK, COUNT), v.minLength(1, COUNT), v.maxLength(MAX_LINKS, COUNT)),
});

/** How an attempt to connect to another player ended, as a client says. */
export type LinkReport = v.InferOutput<typeof LINK>;

/**
 * Reads the body of `POST …/links`.
 *
 * @throws {RequestError} as `readRequest` does.
 */
export function readLinkReports(body: unknown): readonly LinkReport[] {
  return readRequest(LINKS, body, 'body').links;
}
