import * as v from 'valibot';
import { isValidId, isVisible } from './names.ts';

/** The most characters of a player's name. */
const MAX_NAME_LENGTH = 40;
/** The most bytes, as JSON, of what a player says of itself. */
const MAX_DATA_BYTES = 512;

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };
/** An object in JSON. */
export type JsonObject = { readonly [key: string]: Json };

/** Thrown for a request that is not valid. The message is a sentence that names the field. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

const utf8 = new TextEncoder();

const flag = v.boolean('must be true or false');
const name = v.pipe(
  v.string('must be a text'),
  v.trim(),
  v.check(
    (text) => text.length >= 1 && text.length <= MAX_NAME_LENGTH && isVisible(text),
    `must have 1 to ${MAX_NAME_LENGTH} characters, all of them visible`,
  ),
);
const data = v.pipe(
  v.custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  ),
  v.check(
    (value) => utf8.encode(JSON.stringify(value)).length <= MAX_DATA_BYTES,
    `must have at most ${MAX_DATA_BYTES} bytes as JSON`,
  ),
);
const peerId = v.pipe(
  v.string('must be the id of a peer'),
  v.check(isValidId, 'must be the id of a peer'),
);

const ROOM_REQUEST = v.strictObject({
  /** Comes back in a refusal. */
  rid: v.optional(v.custom<Json>(() => true)),
  /** What the member says of itself. */
  set: v.optional(
    v.strictObject({
      name: v.optional(name),
      ready: v.optional(flag),
      data: v.optional(data),
    }),
  ),
  /** A member that does not answer. */
  suspect: v.optional(peerId),
  /** From the host: another one, please. */
  yield: v.optional(v.literal(true, 'must be true')),
  /** From the host: this one, please. */
  host: v.optional(peerId),
  /** From the host: who has to go. */
  kick: v.optional(peerId),
});

/** What a member asks of its room: the payload of a ROOM frame. */
export type RoomRequest = v.InferOutput<typeof ROOM_REQUEST>;

/**
 * Reads the payload of a ROOM frame.
 *
 * @throws {RequestError} for the first field that is wrong, such as `set.name must be a text.`
 */
export function readRoomRequest(payload: unknown): RoomRequest {
  // To the library an array is an object.
  const result = v.safeParse(ROOM_REQUEST, Array.isArray(payload) ? undefined : payload, {
    abortEarly: true,
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  if (field === null) throw new RequestError('The payload must be an object.');
  if (issue.type === 'strict_object') throw new RequestError(`${field} is no field of a request.`);
  throw new RequestError(`${field} ${issue.message}.`);
}
