import * as v from 'valibot';
import {
  bytesOf,
  isUpTo,
  MAX_META_BYTES,
  PLAYER,
  RequestError,
  readRequest,
  sizeUpTo,
} from './roomRequests.ts';
import { isVisible } from './visible.ts';

/** The rooms of one list, if the query does not say how many, and the most of them. */
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** The most characters of a mode. */
const MAX_MODE_LENGTH = 40;
/** A parameter about the `meta` of a room, such as `meta.mode=duel`. */
const META_PREFIX = 'meta.';

const MODE = `must have at most ${MAX_MODE_LENGTH} characters, all of them visible`;

function match(maxRoomSize: number) {
  return v.strictObject({
    ...PLAYER,
    size: sizeUpTo(maxRoomSize),
    mode: v.optional(
      v.pipe(
        v.string('must be a text'),
        v.check((mode) => mode === '' || (isUpTo(MAX_MODE_LENGTH, mode) && isVisible(mode)), MODE),
      ),
      '',
    ),
  });
}

/** The body of `POST …/match`. */
type MatchRequest = v.InferOutput<ReturnType<typeof match>>;

/** @throws {RequestError} as `readRequest` does. */
export function readMatch(body: unknown, maxRoomSize: number): MatchRequest {
  return readRequest(match(maxRoomSize), body, 'body');
}

/** The query of `GET …/rooms`. */
export interface ListRequest {
  /** What the `meta` of a room must say, by its keys. */
  readonly meta: Readonly<Record<string, string>>;
  /** Rooms at most. */
  readonly limit: number;
}

/** @throws {RequestError} for a field that is wrong or unknown. */
export function readListQuery(query: URLSearchParams): ListRequest {
  let limit = DEFAULT_LIMIT;
  const meta = new Map<string, string>();
  for (const [name, value] of query) {
    if (name === 'limit') {
      limit = /^\d{1,3}$/.test(value) ? Number(value) : 0;
      if (limit < 1 || limit > MAX_LIMIT) {
        throw new RequestError(`limit must be a whole number from 1 to ${MAX_LIMIT}.`);
      }
    } else if (name.startsWith(META_PREFIX)) {
      meta.set(name.slice(META_PREFIX.length), value);
    } else if (name !== 'token') {
      throw new RequestError(`${printable(name)} is no field of a request.`);
    }
  }
  // No room has more `meta` than this.
  if (bytesOf([...meta]) > 2 * MAX_META_BYTES) {
    throw new RequestError(`meta must have at most ${MAX_META_BYTES} bytes.`);
  }
  return { limit, meta: Object.fromEntries(meta) };
}

function printable(name: string): string {
  return name.length <= 64 && isVisible(name) ? name : 'This';
}
