import * as v from 'valibot';
import { isValidId, MAX_TOKEN_LENGTH } from './names.ts';
import { isVisible } from './visible.ts';

/** The most characters of a player's name. */
const MAX_NAME_LENGTH = 40;
/** The most bytes, as JSON, of what a player says of itself, of a room's description and its state. */
const MAX_DATA_BYTES = 512;
export const MAX_META_BYTES = 1024;
export const MAX_STATE_BYTES = 4096;
/** The most bytes of a whole body. */
export const MAX_BODY_BYTES = 16_384;
/** The most characters of a password. */
const MAX_PASSWORD_LENGTH = 128;
/** The most characters of a `rid` that is a text. */
const MAX_RID_LENGTH = 64;
/** Seats of a room, if the body does not say how many. */
const DEFAULT_SIZE = 4;
/** The name of a game, in a URL. */
const GAME = /^[a-z0-9-]{1,40}$/;

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };
/** An object in JSON. */
export type JsonObject = { readonly [key: string]: Json };

/** Thrown for a request that is not valid. The message is a sentence that names the field. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** Whether a game may have this name. */
export function isValidGame(name: string): boolean {
  return GAME.test(name);
}

const utf8 = new TextEncoder();

/** The bytes of a value as JSON. */
export function bytesOf(value: unknown): number {
  try {
    return utf8.encode(JSON.stringify(value)).length;
  } catch {
    // Nested too deeply: JSON.stringify is recursive, JSON.parse is not.
    return Number.POSITIVE_INFINITY;
  }
}

/** Whether a text has at most so many characters, which are code points, as for JSON Schema: 🎲 is one. */
export function isUpTo(maxLength: number, text: string): boolean {
  return (
    text.length <= maxLength || (text.length <= 2 * maxLength && [...text].length <= maxLength)
  );
}

/** An object whose JSON has at most this many bytes. */
function object(maxBytes: number) {
  return v.pipe(
    v.custom<JsonObject>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be an object',
    ),
    v.check((value) => bytesOf(value) <= maxBytes, `must have at most ${maxBytes} bytes as JSON`),
  );
}

/** A text of 1 to this many characters. */
function text(maxLength: number) {
  return v.pipe(
    v.string('must be a text'),
    v.check(
      (value) => value.length >= 1 && isUpTo(maxLength, value),
      `must have 1 to ${maxLength} characters`,
    ),
  );
}

const flag = v.boolean('must be true or false');
const name = v.pipe(
  v.string('must be a text'),
  v.trim(),
  v.check(
    (value) => value.length >= 1 && isUpTo(MAX_NAME_LENGTH, value) && isVisible(value),
    `must have 1 to ${MAX_NAME_LENGTH} characters, all of them visible`,
  ),
);
const data = object(MAX_DATA_BYTES);
const password = text(MAX_PASSWORD_LENGTH);
/** The id of a peer. */
export const PEER_ID = v.pipe(
  v.string('must be the id of a peer'),
  v.check(isValidId, 'must be the id of a peer'),
);

/** What a host may change by a ROOM frame too. */
const CHANGES = {
  /** Nobody new comes in. */
  locked: v.optional(flag),
  /** Strangers find the room in the list of its game. */
  public: v.optional(flag),
  meta: v.optional(object(MAX_META_BYTES)),
  /** What changes of the state: a value of null takes a key away. */
  state: v.optional(object(MAX_STATE_BYTES)),
  /** The id of the next host. */
  host: v.optional(PEER_ID),
  /** The id of a player to remove. */
  kick: v.optional(PEER_ID),
  /** The id of a player to remove for good. */
  ban: v.optional(PEER_ID),
};

/** The name that a member gives its request. The answer repeats it. */
export type Rid = number | string;

const RID = v.custom<Rid>(
  isRid,
  `must be a number, or a text of at most ${MAX_RID_LENGTH} characters`,
);

const ROOM_REQUEST = v.strictObject({
  rid: v.optional(RID),
  /** What the member says of itself. */
  set: v.optional(
    v.strictObject({
      name: v.optional(name),
      ready: v.optional(flag),
      data: v.optional(data),
    }),
  ),
  /** The id of a member that does not answer. */
  suspect: v.optional(PEER_ID),
  /** The host asks for another host. */
  yield: v.optional(v.literal(true, 'must be true')),
  ...CHANGES,
});

const ROOM_CHANGE = v.strictObject({
  ...CHANGES,
  /** `null` takes it away. */
  password: v.optional(v.nullable(password)),
});

/** What a player says of itself. */
export const PLAYER = { name: v.optional(name), data: v.optional(data) };

const TAKE_SEAT = v.strictObject({
  ...PLAYER,
  password: v.optional(password),
  /** Of a seat that the player held before. */
  token: v.optional(text(MAX_TOKEN_LENGTH)),
});

/** How many seats a room has. */
export function sizeUpTo(max: number) {
  const message = `must be a whole number from 2 to ${max}`;
  const size = v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(2, message),
    v.maxValue(max, message),
  );
  return v.optional(size, Math.min(DEFAULT_SIZE, max));
}

function createRoom(maxRoomSize: number) {
  return v.strictObject({
    ...PLAYER,
    size: sizeUpTo(maxRoomSize),
    public: v.optional(flag, false),
    password: v.optional(password),
    meta: v.optional(object(MAX_META_BYTES), {}),
  });
}

/** What a member asks of its room: the payload of a ROOM frame. */
export type RoomRequest = v.InferOutput<typeof ROOM_REQUEST>;
/** The body of `PATCH …/rooms/{code}`. */
export type RoomChange = v.InferOutput<typeof ROOM_CHANGE>;
/** The body of `POST …/rooms/{code}/seats`. */
type TakeSeat = v.InferOutput<typeof TAKE_SEAT>;
/** The body of `POST …/rooms`. */
type CreateRoom = v.InferOutput<ReturnType<typeof createRoom>>;

/**
 * Reads the payload of a ROOM frame.
 *
 * @throws {RequestError} for the first field that is wrong, such as `set.name must be a text.`
 */
export function readRoomRequest(payload: unknown): RoomRequest {
  return readRequest(ROOM_REQUEST, payload, 'payload');
}

/** What an answer to a ROOM frame repeats. Undefined where its payload has no valid `rid`. */
export function ridOf(payload: unknown): Rid | undefined {
  const { rid } = payload as { rid?: unknown };
  return isRid(rid) ? rid : undefined;
}

/** @throws {RequestError} as `readRequest` does. */
export function readRoomChange(body: unknown): RoomChange {
  return readRequest(ROOM_CHANGE, body, 'body');
}

/** @throws {RequestError} as `readRequest` does. */
export function readTakeSeat(body: unknown): TakeSeat {
  return readRequest(TAKE_SEAT, body, 'body');
}

/** @throws {RequestError} as `readRequest` does. */
export function readCreateRoom(body: unknown, maxRoomSize: number): CreateRoom {
  return readRequest(createRoom(maxRoomSize), body, 'body');
}

/**
 * Reads a request by a schema.
 *
 * @param what the request is, for a person.
 * @throws {RequestError} for the first field that is wrong, such as `size must be a whole number from 2 to 32.`
 */
export function readRequest<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  what: 'body' | 'payload',
): T {
  // To the library an array is an object.
  const result = v.safeParse(schema, Array.isArray(value) ? undefined : value, {
    abortEarly: true,
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  if (field === null) throw new RequestError(`The ${what} must be an object.`);
  if (issue.type === 'strict_object') {
    const isUnknown = issue.expected === 'never';
    throw new RequestError(`${field} is ${isUnknown ? 'no field of a request' : 'missing'}.`);
  }
  throw new RequestError(`${field} ${issue.message}.`);
}

/** Short and flat, since the server writes it again: that costs little, and cannot fail. */
function isRid(value: unknown): value is Rid {
  return typeof value === 'string' ? value.length <= MAX_RID_LENGTH : Number.isFinite(value);
}
