import { isValidName } from './validator.ts';

/** A place where peers meet: what a client's `path` option names. */
export interface PeerPath {
  /** `room`: `/room/<name>`, a few peers who know of each other. `realm`: any other path. */
  readonly kind: 'room' | 'realm';
  /**
   * One spelling for each place: every segment percent-encoded afresh, no slash at the end.
   * `/room/table%207` and `/room/table 7/` are the same room.
   */
  readonly name: string;
}

/** No path is longer, in its canonical spelling: it names a Durable Object. */
const MAX_PATH_LENGTH = 1024;

/**
 * Reads the path of a URL as a place. Segments are decoded once, after splitting, so that `%2F`
 * stays inside its segment. Empty segments do not count: clients add slashes at either end.
 *
 * @param pathname as it stands in the URL, percent-encoded, without the part that names an endpoint.
 * @returns undefined where a segment is too long, holds a control character or is not UTF-8, and
 *   for `/room` without a name.
 */
export function parsePeerPath(pathname: string): PeerPath | undefined {
  const segments = [];
  for (const encoded of pathname.split('/')) {
    if (encoded === '') continue;
    const segment = decodeSegment(encoded);
    if (segment === undefined || !isValidName(segment)) return undefined;
    segments.push(segment);
  }
  if (segments[0] === 'room' && segments.length === 1) return undefined;

  const name = `/${segments.map(encodeURIComponent).join('/')}`;
  if (name.length > MAX_PATH_LENGTH) return undefined;
  return { kind: segments[0] === 'room' && segments.length === 2 ? 'room' : 'realm', name };
}

function decodeSegment(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
