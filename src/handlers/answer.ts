import type { Context } from 'hono';
import { ADDRESS_PERIOD } from '../admission/addressLimit.ts';
import { Refused } from '../admission/Refused.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { requestIdOf } from '../log/requestId.ts';
import type { RoomErrorType } from '../protocol/roomRefusals.ts';
import { RequestError } from '../protocol/roomRequests.ts';
import type { RoomError } from '../room/ManagedRooms.ts';
import type { Runtime } from '../room/Runtime.ts';

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

/** The answer to a request whose Host header is not a host, so that no handler can read its URL. */
export const NO_HOST: { readonly error: RoomError } = {
  error: { type: 'invalid-request', msg: 'The Host header does not name a host.' },
};

/** Answers a request, or says why it is refused: `type` for programs, `msg` for people. */
export async function answer(context: Context, handle: () => Promise<Response>): Promise<Response> {
  context.header('Cache-Control', 'no-store');
  try {
    return await handle();
  } catch (error) {
    const refusal = errorOf(error);
    if (refusal === undefined) throw error;
    const { type } = refusal;
    noteIfSeatRefused(context, type);
    if (type === 'too-many-requests') context.header('Retry-After', String(ADDRESS_PERIOD));
    return context.json({ error: refusal }, STATUS[type]);
  }
}

function errorOf(error: unknown): RoomError | undefined {
  if (error instanceof RequestError) return { type: 'invalid-request', msg: error.message };
  return error instanceof Refused ? error.error : undefined;
}

/** Every POST to a game asks for a seat. */
function noteIfSeatRefused(context: Context, reason: RoomErrorType): void {
  const { game, code } = context.req.param() as Record<string, string | undefined>;
  if (game === undefined || context.req.method !== 'POST') return;
  const { runtime } = context.var as { runtime: Runtime };
  runtime.countSeatRefusal(reason);
  if (!mayLog()) return;
  const requestId = requestIdOf(context.req.raw.headers);
  const log = new Logger(runtime.settings.logLevel, { requestId });
  log.warn('seat.refused', { reason, game, code });
}
