import { isValidPathPart } from './names.ts';

/** A place where peers meet: what a client's `path` option names. */
export interface PeerPath {
  /**
   * `room`: `/room/` and one or more parts, a few peers who know of each other. `realm`: any other
   * path.
   */
  readonly kind: 'room' | 'realm';
  /**
   * One spelling for each place: no slash at the end, nothing percent-encoded but the `/` and `%`
   * inside a segment, and letters with their accents in one piece (NFC): a Mac writes `é` as two
   * characters where others write one. `/room/table%207` and `/room/table 7/` are `/room/table 7`.
   */
  readonly name: string;
}

/**
 * No name is longer, in bytes. It names a Durable Object, with the number of a shard before it, and
 * an object is not told a name of more than 1,024 bytes.
 */
const MAX_NAME_BYTES = 1000;

const utf8 = new TextEncoder();

/**
 * Reads the path of a URL as a place. Segments are decoded once, after splitting, so that `%2F`
 * stays inside its segment. Empty segments do not count: clients add slashes at either end.
 *
 * @param pathname as it stands in the URL, percent-encoded, without the part that names an endpoint.
 * @returns undefined where a segment is too long, blank, not UTF-8 or holds what nobody sees, and
 *   for `/room` without a name.
 */
export function parsePeerPath(pathname: string): PeerPath | undefined {
  const segments = [];
  for (const encoded of pathname.split('/')) {
    if (encoded === '') continue;
    const segment = decodeSegment(encoded);
    if (segment === undefined || !isValidPathPart(segment)) return undefined;
    segments.push(segment);
  }
  if (segments[0] === 'room' && segments.length === 1) return undefined;

  const name = `/${segments.map(encodeSegment).join('/')}`;
  if (utf8.encode(name).length > MAX_NAME_BYTES) return undefined;
  return { kind: segments[0] === 'room' ? 'room' : 'realm', name };
}

/** Encodes no more than what would be read otherwise: an encoded `日` has nine bytes instead of three. */
function encodeSegment(segment: string): string {
  return segment.replace(/[/%]/g, encodeURIComponent);
}

function decodeSegment(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).normalize('NFC');
  } catch {
    return undefined;
  }
}
