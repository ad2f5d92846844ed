import type { Context } from 'hono';
import { readCode } from '../games/roomCode.ts';
import { isValidGame, RequestError } from '../protocol/roomRequests.ts';
import { type Outcome, type RoomPlace, refused } from '../room/ManagedRooms.ts';
import type { Runtime } from '../room/Runtime.ts';
import { guess, WRONG_GUESSES } from './guessing.ts';
import { orRefuse, refuse } from './Refused.ts';
import { checkKeyAndOrigin, countRequest } from './requestChecks.ts';

/** Checks what does not depend on a room, the cheapest first. */
export async function admittedGame(context: Context, runtime: Runtime): Promise<string> {
  const game = namedGame(context, runtime);
  await countRequest(context, runtime, 'room');
  return game;
}

/** Checks the key, the origin and the name of the game. */
export function namedGame(context: Context, runtime: Runtime): string {
  checkKeyAndOrigin(context, runtime);
  const game = context.req.param('game') ?? '';
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
