import type { Context } from 'hono';
import { ADDRESS_PERIOD, isWithinAddressLimit } from '../admission/addressLimit.ts';
import { isFromAllowedOrigin } from '../admission/allowedOrigin.ts';
import { authorize, bearerTokenOf, hasSignedTokens, tokenOf } from '../admission/authorize.ts';
import { clientAddress } from '../admission/clientAddress.ts';
import { guess, WRONG_GUESSES } from '../admission/guessing.ts';
import { readCode } from '../games/roomCode.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { requestIdOf } from '../log/requestId.ts';
import { isValidId } from '../protocol/names.ts';
import type { RoomErrorType, RoomRefusal } from '../protocol/roomRefusals.ts';
import { isValidGame, RequestError } from '../protocol/roomRequests.ts';
import {
  type Outcome,
  type RoomError,
  type RoomPlace,
  refused,
  roomError,
  type SeatApplicant,
  type SeatProof,
} from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import type { Runtime } from '../room/Runtime.ts';
import { hashToken } from '../room/secrets.ts';

const STATUS = {
  'invalid-request': 400,
  'invalid-key': 401,
  'invalid-token': 401,
  'origin-not-allowed': 403,
  'wrong-password': 403,
  banned: 403,
  'not-the-host': 403,
  'no-such-room': 404,
  'no-such-peer': 404,
  'no-other-peer': 409,
  'not-managed': 409,
  'code-in-use': 409,
  'room-full': 409,
  'room-locked': 423,
  'relay-limit-exceeded': 429,
  'too-many-requests': 429,
} as const satisfies Record<RoomErrorType, number>;

/** Thrown to refuse a request. */
class Refused extends Error {
  readonly error: RoomError;

  constructor(error: RoomError) {
    super(error.msg);
    this.error = error;
  }
}

/** Refuses a request. */
export function refuse(type: RoomRefusal): never {
  throw new Refused(roomError(type));
}

/** The result of a request, unless it is refused. */
export function orRefuse<T>(outcome: Outcome<T>): T {
  if ('refusal' in outcome) throw new Refused(outcome.refusal);
  return outcome.value;
}

/**
 * Asks a room. The code, and the password if there is one, may be guesses.
 *
 * @returns the result of the request, unless it is refused.
 */
export async function orRefuseGuess<T>(
  context: Context,
  runtime: Runtime,
  ask: () => Promise<Outcome<T>>,
): Promise<T> {
  const outcome = await guess(runtime, context.req.raw.headers, async () => {
    const value = await ask();
    return { value, isWrong: 'refusal' in value && WRONG_GUESSES.includes(value.refusal.type) };
  });
  return outcome === undefined ? refuse('too-many-requests') : orRefuse(outcome);
}

/** Answers a request, or says why it is refused. */
export async function answer(context: Context, handle: () => Promise<Response>): Promise<Response> {
  context.header('Cache-Control', 'no-store');
  try {
    return await handle();
  } catch (error) {
    const refusal = errorOf(error);
    if (refusal === undefined) throw error;
    const { type } = refusal;
    if (context.req.method === 'POST') noteSeatRefused(context, type);
    if (type === 'too-many-requests') context.header('Retry-After', String(ADDRESS_PERIOD));
    return context.json({ error: refusal }, STATUS[type]);
  }
}

function errorOf(error: unknown): RoomError | undefined {
  if (error instanceof RequestError) return { type: 'invalid-request', msg: error.message };
  return error instanceof Refused ? error.error : undefined;
}

/** Every POST to a game asks for a seat. */
function noteSeatRefused(context: Context, reason: RoomErrorType): void {
  const { runtime } = context.var as { runtime: Runtime };
  runtime.countSeatRefusal(reason);
  if (!mayLog()) return;
  const { game, code } = context.req.param() as Record<string, string | undefined>;
  const requestId = requestIdOf(context.req.raw.headers);
  const log = new Logger(runtime.settings.logLevel, { requestId });
  log.warn('seat.refused', { reason, game, code });
}

/** Checks what does not depend on a room, the cheapest first. */
export async function admittedGame(context: Context, runtime: Runtime): Promise<string> {
  const game = namedGame(context, runtime);
  await countRequest(context, runtime, 'room');
  return game;
}

/** Refuses an address that has sent too many requests of this kind. */
export async function countRequest(
  context: Context,
  runtime: Runtime,
  what: 'room' | 'list',
): Promise<void> {
  const isWithin = await isWithinAddressLimit(runtime, context.req.raw.headers, what);
  if (!isWithin) refuse('too-many-requests');
}

/** Checks the key, the origin and the name of the game. */
export function namedGame(context: Context, { settings }: Runtime): string {
  const { key, game = '' } = context.req.param() as Record<string, string>;
  if (key !== settings.key) refuse('invalid-key');
  if (!isFromAllowedOrigin(settings, context.req.raw.headers)) refuse('origin-not-allowed');
  if (!isValidGame(game)) {
    throw new RequestError('The game must have 1 to 40 characters of a to z, 0 to 9 and -.');
  }
  return game;
}

/** Checks what does not depend on a room, and reads its code. A text that is no code counts as a wrong one. */
export async function admittedPlace(context: Context, runtime: Runtime): Promise<RoomPlace> {
  const game = await admittedGame(context, runtime);
  const code = readCode(context.req.param('code') ?? '');
  if (code !== undefined) return { game, code };
  return orRefuseGuess(context, runtime, async () => refused('no-such-room'));
}

/** The applicant for a seat: with a new id and token, or with those of a signed token. */
export async function newHolder(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<{ readonly applicant: SeatApplicant; readonly token: string }> {
  const { headers } = context.req.raw;
  const address = clientAddress(runtime.address, headers, runtime.settings.trustedProxies);
  const subject = await subjectOf(context, runtime, place);
  if (subject !== undefined) {
    const applicant = { id: subject, tokenHash: undefined, address };
    return { applicant, token: tokenOf(context.req.raw) };
  }
  const token = randomName(16);
  const tokenHash = await hashToken(token);
  return { applicant: { id: `p-${randomName(8)}`, tokenHash, address }, token };
}

/** Whose request it is, where tokens are signed. Each must be for one id, as a seat is. */
export async function subjectOf(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<string | undefined> {
  if (!hasSignedTokens(runtime.settings)) return undefined;
  const token = tokenOf(context.req.raw);
  const { subject } = (await authorize(runtime, managedPath(place), token)) ?? {};
  if (subject === undefined || !isValidId(subject)) return refuse('invalid-token');
  return subject;
}

/** The seat that a request is made from. */
export async function proofOf(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<SeatProof> {
  const id = await subjectOf(context, runtime, place);
  if (id !== undefined) return { id };
  return { tokenHash: await hashToken(bearerTokenOf(context.req.raw) ?? '') };
}

/** A text that nobody can guess: two hexadecimal digits for each byte. */
function randomName(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
