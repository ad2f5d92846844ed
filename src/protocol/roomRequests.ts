import * as v from 'valibot';
import { isValidId, isVisible } from './names.ts';

/** The most characters of a player's name. */
export const MAX_NAME_LENGTH = 40;
/** The most bytes of what a player says of itself, of a room's description, and of its state. */
export const MAX_DATA_BYTES = 512;
export const MAX_META_BYTES = 1024;
export const MAX_STATE_BYTES = 4096;
/** The most bytes of a whole body. */
export const MAX_BODY_BYTES = 16_384;
/** The most characters of a password. */
const MAX_PASSWORD_LENGTH = 128;
/** No token of a seat is longer; a signed one may be long. */
const MAX_TOKEN_LENGTH = 4096;
/** The name of a game, in a URL. */
const GAME = /^[a-z0-9-]{1,40}$/;

/** Values that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };
/** An object in JSON. */
export type JsonObject = { readonly [key: string]: Json };

/** Thrown for a body that is not valid. The message is a sentence that names the field. */
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
  return utf8.encode(JSON.stringify(value)).length;
}

/** An object whose JSON has at most so many bytes. */
function object(maxBytes: number) {
  return v.pipe(
    v.custom<JsonObject>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be an object',
    ),
    v.check((value) => bytesOf(value) <= maxBytes, `must have at most ${maxBytes} bytes as JSON`),
  );
}

const name = v.pipe(
  v.string('must be a text'),
  v.trim(),
  v.check(
    (text) => text.length >= 1 && text.length <= MAX_NAME_LENGTH && isVisible(text),
    `must have 1 to ${MAX_NAME_LENGTH} characters, all of them visible`,
  ),
);
const data = object(MAX_DATA_BYTES);
const meta = object(MAX_META_BYTES);
const state = object(MAX_STATE_BYTES);
const flag = v.boolean('must be true or false');
const password = v.pipe(
  v.string('must be a text'),
  v.check(
    (text) => text.length >= 1 && text.length <= MAX_PASSWORD_LENGTH,
    `must have 1 to ${MAX_PASSWORD_LENGTH} characters`,
  ),
);
/** The id of a peer. */
export const peerId = v.pipe(
  v.string('must be the id of a peer'),
  v.check(isValidId, 'must be the id of a peer'),
);
const token = v.pipe(
  v.string('must be a text'),
  v.check(
    (text) => text.length >= 1 && text.length <= MAX_TOKEN_LENGTH,
    `must have 1 to ${MAX_TOKEN_LENGTH} characters`,
  ),
);
const mode = v.pipe(
  v.string('must be a text'),
  v.regex(GAME, 'must have 1 to 40 characters of a to z, 0 to 9 and -'),
);

function size(maxRoomSize: number) {
  const message = `must be a whole number from 2 to ${maxRoomSize}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(2, message),
    v.maxValue(maxRoomSize, message),
  );
}

/** What a player says of itself. */
const player = { name: v.optional(name), data: v.optional(data) };
/** What a host may change, by PATCH or by a ROOM frame. A password of null takes it away. */
export const changeEntries = {
  locked: v.optional(flag),
  public: v.optional(flag),
  password: v.optional(v.nullable(password)),
  meta: v.optional(meta),
  state: v.optional(state),
  host: v.optional(peerId),
  kick: v.optional(peerId),
  ban: v.optional(peerId),
};
/** What a peer may change of itself, by a ROOM frame. */
export const setEntries = {
  name: v.optional(name),
  ready: v.optional(flag),
  data: v.optional(data),
};

const SEAT = v.strictObject({
  ...player,
  password: v.optional(password),
  token: v.optional(token),
});
const CHANGE = v.strictObject(changeEntries);

/** The body of `POST …/rooms`. */
export type CreateRoom = v.InferOutput<ReturnType<typeof createSchema>>;
/** The body of `POST …/seats`. */
export type TakeSeat = v.InferOutput<typeof SEAT>;
/** The body of `POST …/match`. */
export type Match = v.InferOutput<ReturnType<typeof matchSchema>>;
/** The body of `PATCH …/rooms/{code}`. */
export type RoomChange = v.InferOutput<typeof CHANGE>;

function createSchema(maxRoomSize: number) {
  return v.strictObject({
    ...player,
    size: v.optional(size(maxRoomSize)),
    public: v.optional(flag),
    password: v.optional(password),
    meta: v.optional(meta),
  });
}

function matchSchema(maxRoomSize: number) {
  return v.strictObject({ ...player, size: v.optional(size(maxRoomSize)), mode: v.optional(mode) });
}

/** @throws {RequestError} */
export function readCreateRoom(body: unknown, maxRoomSize: number): CreateRoom {
  return read(createSchema(maxRoomSize), body);
}

/** @throws {RequestError} */
export function readTakeSeat(body: unknown): TakeSeat {
  return read(SEAT, body);
}

/** @throws {RequestError} */
export function readMatch(body: unknown, maxRoomSize: number): Match {
  return read(matchSchema(maxRoomSize), body);
}

/** @throws {RequestError} */
export function readRoomChange(body: unknown): RoomChange {
  return read(CHANGE, body);
}

/**
 * Reads a value by a schema.
 *
 * @throws {RequestError} for the first that is wrong, such as `size must be a whole number from 2 to 32.`
 */
export function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  // To the library an array is an object.
  if (Array.isArray(value)) throw new RequestError('The body must be a JSON object.');
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  if (field === null) throw new RequestError('The body must be a JSON object.');
  if (issue.type === 'strict_object')
    throw new RequestError(`${field} is no field of this request.`);
  throw new RequestError(`${field} ${issue.message}.`);
}
