import type { Context } from 'hono';
import { type Applicant, admit, applicantOf } from '../admission/admit.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { isValidId } from '../protocol/names.ts';
import { isErrorReason } from '../protocol/refusals.ts';
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
 * Answers the upgrade of a peer that wants to join, whichever runtime it came to. What can be
 * refused without knowing who else is there is refused before its room is touched.
 */
export async function openSocket<Answer>(
  applicant: Applicant,
  runtime: Runtime,
  upgrade: Upgrade<Answer>,
): Promise<Answer> {
  try {
    const outcome = await decide(applicant, runtime, upgrade);
    if ('answer' in outcome) return outcome.answer;
    const { refusal } = outcome;
    runtime.count(refusal);
    if (mayLog()) logFor(applicant, runtime).warn('peer.refused', { reason: refusal });
    // A school or an office has one address: whoever is over its limit did nothing wrong.
    return isErrorReason(refusal) ? upgrade.refuse(refusal) : upgrade.turnAway();
  } catch (error) {
    runtime.count('failure');
    if (mayLog()) logFor(applicant, runtime).error('error', { message: String(error) });
    // No ERROR: at that PeerJS destroys a peer that could come back.
    return upgrade.turnAway();
  }
}

async function decide<Answer>(
  applicant: Applicant,
  runtime: Runtime,
  upgrade: Upgrade<Answer>,
): Promise<JoinOutcome<Answer>> {
  const admission = await admit(applicant, runtime);
  return typeof admission === 'string' ? { refusal: admission } : await upgrade.join(admission);
}

function logFor({ parameters: { id }, path, requestId }: Applicant, runtime: Runtime): Logger {
  return new Logger(runtime.settings.logLevel, {
    room: path?.name,
    // One that is not valid may be of any length and hold anything.
    peer: isValidId(id) ? id : undefined,
    requestId,
  });
}
