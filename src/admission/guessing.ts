import type { RefusalReason } from '../protocol/refusals.ts';
import type { RoomErrorType } from '../protocol/roomRefusals.ts';
import type { Runtime } from '../room/Runtime.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import { clientAddress, isProxied, socketAddress } from './clientAddress.ts';
import { Guesses } from './Guesses.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/** The refusals, of a socket or by HTTP, that show a guess at a code or a password to be wrong. */
export const WRONG_GUESSES: readonly string[] = [
  'seat-required',
  'no-such-room',
  'wrong-password',
] satisfies (RefusalReason | RoomErrorType)[];

/** Milliseconds until a guess that has to wait is tried again. */
const LOOK_EVERY_MS = 20;
/** Milliseconds after which a guess that still has to wait is refused. */
const PATIENCE_MS = 10_000;

/** Self-hosted, one process sees every request. */
const guessesOf = onePerSettings(() => new Guesses());

/**
 * Lets a client try a code or a password, unless its address has sent too many wrong ones in the last
 * minute. Codes are short, since people say them: without this limit they could be guessed.
 *
 * Each process counts in its memory. On Cloudflare there are many, so the rate limiting binding counts
 * too, for all of one location: a process learns from it, at the next wrong guess, that an address is
 * over the limit.
 *
 * @param attempt checks the code, and says whether it was wrong.
 * @returns undefined if the client may not guess now.
 */
export async function guess<T>(
  runtime: Pick<Runtime, 'settings' | 'guessLimiter' | 'address'>,
  headers: RequestHeaders,
  attempt: () => Promise<{ readonly isWrong: boolean; readonly value: T }>,
): Promise<T | undefined> {
  const { settings, guessLimiter } = runtime;
  const address = guesserOf(runtime, headers);
  if (address === undefined) return (await attempt()).value;
  const guesses = guessesOf(settings);
  if (!(await mayBegin(guesses, address))) return undefined;
  let isWrong = false;
  try {
    const outcome = await attempt();
    isWrong = outcome.isWrong;
    return outcome.value;
  } finally {
    guesses.end(address, isWrong, Date.now());
    if (isWrong && guessLimiter !== undefined) {
      const { success } = await guessLimiter.limit({ key: `guess ${address}` });
      if (!success) guesses.block(address, Date.now());
    }
  }
}

async function mayBegin(guesses: Guesses, address: string): Promise<boolean> {
  for (let waited = 0; waited <= PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const decision = guesses.begin(address, Date.now());
    if (decision !== 'wait') return decision === 'go on';
    // Not a promise that another request resolves: that request may be cancelled.
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}

/**
 * The address that a guess counts for. Undefined if the runtime does not say it, or if it may be that of
 * a proxy that the settings do not mention: nobody may be refused for the guesses of others.
 */
function guesserOf(
  { address, settings }: Pick<Runtime, 'address' | 'settings'>,
  headers: RequestHeaders,
): string | undefined {
  const client = clientAddress(address, headers, settings.trustedProxies);
  if (client !== undefined) return client;
  const isDirect = address.socket !== undefined && !isProxied(headers);
  return isDirect ? socketAddress(address) : undefined;
}
