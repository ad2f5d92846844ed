import { isValidPathPart, MAX_PATH_PART_LENGTH } from './names.ts';

/** A room or realm: what a client's `path` option names. */
export interface PeerPath {
  /**
   * `room`: `/room/` and one or more parts, for a few peers who can list each other. `realm`: any
   * other path.
   */
  readonly kind: 'room' | 'realm';
  /**
   * The one spelling of this path: without a slash at the end, with nothing percent-encoded but `/`
   * and `%` inside a segment, and in Unicode form NFC, since a Mac writes `é` as two characters and
   * other systems as one. `/room/table%207` and `/room/table 7/` are `/room/table 7`.
   */
  readonly name: string;
}

/**
 * The maximum length of a name, in bytes. With the number of a shard before it, it names a Durable
 * Object, and an object cannot read a name of its own that has more than 1,024 bytes.
 */
const MAX_NAME_BYTES = 1000;

/** A UTF-16 code unit is 1 to 3 bytes of UTF-8, so that most names need no counting. */
const MAX_BYTES_PER_UNIT = 3;

/** A segment that decoding does not change. */
const PLAIN = /^[\w.~-]+$/;

/** A path of such segments, none of them too long, which is its own name: nearly every one. */
const PLAIN_PATH = new RegExp(`^(?:/[\\w.~-]{1,${MAX_PATH_PART_LENGTH}})+$`);

const utf8 = new TextEncoder();

/**
 * Reads the path of a URL as a room or realm. Segments are decoded once, after splitting, so that
 * `%2F` stays inside its segment. Empty segments are ignored: clients add slashes at either end.
 *
 * @param pathname percent-encoded as in the URL, without the part that names an endpoint.
 * @returns undefined for `/room` without a name, and if a segment is too long, blank, not UTF-8 or
 *   has invisible characters.
 */
export function parsePeerPath(pathname: string): PeerPath | undefined {
  if (pathname.length <= MAX_NAME_BYTES && PLAIN_PATH.test(pathname)) {
    if (pathname === '/room') return undefined;
    return { kind: pathname.startsWith('/room/') ? 'room' : 'realm', name: pathname };
  }
  const segments = [];
  for (const encoded of pathname.split('/')) {
    if (encoded === '') continue;
    const segment = decodeSegment(encoded);
    if (segment === undefined || !isValidPathPart(segment)) return undefined;
    segments.push(segment);
  }
  if (segments[0] === 'room' && segments.length === 1) return undefined;

  const name = `/${segments.map(encodeSegment).join('/')}`;
  if (name.length * MAX_BYTES_PER_UNIT > MAX_NAME_BYTES) {
    if (utf8.encode(name).length > MAX_NAME_BYTES) return undefined;
  }
  return { kind: segments[0] === 'room' ? 'room' : 'realm', name };
}

/** Encodes only what would be misread: an encoded `日` has nine bytes instead of three. */
function encodeSegment(segment: string): string {
  return segment.replace(/[/%]/g, encodeURIComponent);
}

function decodeSegment(encoded: string): string | undefined {
  if (PLAIN.test(encoded)) return encoded;
  try {
    return decodeURIComponent(encoded).normalize('NFC');
  } catch {
    return undefined;
  }
}
