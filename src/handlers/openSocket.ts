import type { Context } from 'hono';
import { admit, applicantOf, type JoinApplicant } from '../admission/admit.ts';
import { guess, WRONG_GUESSES } from '../admission/guessing.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { isValidId } from '../protocol/names.ts';
import { isErrorReason } from '../protocol/refusals.ts';
import { mayBeManaged } from '../room/managedPath.ts';
import type { JoinOutcome, Runtime, Upgrade } from '../room/Runtime.ts';

/** `{path}/peerjs?key&id&token`: a peer's WebSocket. */
export function socketEndpoint(context: Context, runtime: Runtime): Response | Promise<Response> {
  const { upgrade } = runtime;
  if (upgrade !== undefined) {
    const { url, headers } = context.req.raw;
    return openSocket(applicantOf(new URL(url), headers), runtime, upgrade);
  }
  return context.json({ error: 'This is a WebSocket endpoint: send an Upgrade header' }, 426, {
    Upgrade: 'websocket',
  });
}

/**
 * Answers the upgrade of a peer that wants to join, on any runtime. Every check that does not
 * depend on the peers in the room is made before the room is asked.
 */
export async function openSocket<Answer>(
  applicant: JoinApplicant,
  runtime: Runtime,
  upgrade: Upgrade<Answer>,
): Promise<Answer> {
  try {
    const outcome = await decide(applicant, runtime, upgrade);
    if ('answer' in outcome) return outcome.answer;
    const { refusal } = outcome;
    runtime.count(refusal);
    if (mayLog()) logFor(applicant, runtime).warn('peer.refused', { reason: refusal });
    // A school or an office shares one address: a peer over its limit did nothing wrong.
    return isErrorReason(refusal) ? upgrade.refuse(refusal) : upgrade.turnAway();
  } catch (error) {
    runtime.count('failure');
    if (mayLog()) logFor(applicant, runtime).error('error', { message: String(error) });
    // No ERROR: PeerJS would destroy a peer that can try again.
    return upgrade.turnAway();
  }
}

async function decide<Answer>(
  applicant: JoinApplicant,
  runtime: Runtime,
  upgrade: Upgrade<Answer>,
): Promise<JoinOutcome<Answer>> {
  const admission = await admit(applicant, runtime);
  if (typeof admission === 'string') return { refusal: admission };
  if (!mayBeManaged(admission.path)) return await upgrade.join(admission);
  // It may be a guess at a code: a socket there shows whether the room is one.
  const outcome = await guess(runtime, applicant.headers, async () => {
    const value = await upgrade.join(admission);
    return { value, isWrong: isWrongGuess(value) };
  });
  if (outcome !== undefined) return outcome;
  const forHolders = await upgrade.join({ ...admission, mustHoldSeat: true });
  // Who asks for a seat is told why there is none. A stock client would give up at that.
  const isAsking = admission.seatWish !== undefined && 'refusal' in forHolders;
  return isAsking ? { refusal: 'too-many-requests' } : forHolders;
}

function isWrongGuess(outcome: JoinOutcome<unknown>): boolean {
  return 'refusal' in outcome ? WRONG_GUESSES.includes(outcome.refusal) : outcome.foundNobody;
}

function logFor({ parameters: { id }, path, requestId }: JoinApplicant, runtime: Runtime): Logger {
  return new Logger(runtime.settings.logLevel, {
    room: path?.name,
    // An invalid id may have any length and any content.
    peer: isValidId(id) ? id : undefined,
    requestId,
  });
}
