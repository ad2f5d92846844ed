import { describe, expect, it } from 'vitest';
import { MAX_LINKS, readLinkReports } from './linkReports.ts';

const MADE = { to: 'bob', connected: true, ms: 830, route: 'host' };
const FAILED = { to: 'cid', connected: false, ms: 10_000, reason: 'no-path' };

describe('a report of links', () => {
  it('has links that were made and links that were not', () => {
    expect(readLinkReports({ links: [MADE, FAILED] })).toEqual([MADE, FAILED]);
  });

  it('may name the route as the statistics of a browser do', () => {
    expect(readLinkReports({ links: [{ ...MADE, route: 'prflx' }] })).toEqual([
      { ...MADE, route: 'srflx' },
    ]);
  });

  const count = `links must be a list of 1 to ${MAX_LINKS}.`;
  const ms = 'links.0.ms must be a whole number from 0 to 600000.';
  it.each<[name: string, body: unknown, sentence: string]>([
    ['text', 'links', 'The body must be an object.'],
    ['a list', [MADE], 'The body must be an object.'],
    ['nothing', {}, 'links is missing.'],
    ['no list', { links: MADE }, count],
    ['no links', { links: [] }, count],
    ['too many', { links: new Array(MAX_LINKS + 1).fill(MADE) }, count],
    ['another field', { links: [MADE], from: 'ann' }, 'from is no field of a request.'],
    [
      'an unknown field of a link',
      linksOf({ ...MADE, ip: '::1' }),
      'links.0.ip is no field of a request.',
    ],
    ['no other side', linksOf({ connected: true, ms: 1, route: 'host' }), 'links.0.to is missing.'],
    [
      'an id that is none',
      linksOf({ ...MADE, to: '\u202e' }),
      'links.0.to must be the id of a peer.',
    ],
    [
      'a number for the other side',
      linksOf({ ...MADE, to: 7 }),
      'links.0.to must be the id of a peer.',
    ],
    ['no outcome', linksOf({ to: 'bob', ms: 1 }), 'links.0.connected must be true or false.'],
    [
      'a text as outcome',
      linksOf({ ...MADE, connected: 'yes' }),
      'links.0.connected must be true or false.',
    ],
    ['no time', linksOf({ ...MADE, ms: undefined }), ms],
    ['a negative time', linksOf({ ...MADE, ms: -1 }), ms],
    ['a part of a millisecond', linksOf({ ...MADE, ms: 0.5 }), ms],
    ['a time for which nobody waits', linksOf({ ...MADE, ms: 600_001 }), ms],
    [
      'an unknown route',
      linksOf({ ...MADE, route: '10.0.0.1' }),
      'links.0.route must be one of host, srflx, relay, server.',
    ],
    [
      'a failure with a route',
      linksOf({ ...FAILED, route: 'host' }),
      'links.0.route is no field of a request.',
    ],
    [
      'a failure without a reason',
      linksOf({ to: 'cid', connected: false, ms: 1 }),
      'links.0.reason is missing.',
    ],
    [
      'an unknown reason',
      linksOf({ ...FAILED, reason: 'rain' }),
      'links.0.reason must be one of no-answer, no-path, other.',
    ],
  ])('is refused with a sentence that names the field: %s', (_, body, sentence) => {
    expect(() => readLinkReports(body)).toThrow(sentence);
  });
});

function linksOf(link: unknown) {
  return { links: [link] };
}
