import type { Context } from 'hono';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import { peerPathname } from '../protocol/peerPathname.ts';
import { type RefusalReason, refusalSentence } from '../protocol/refusals.ts';
import type { Runtime } from '../room/Runtime.ts';
import { ADDRESS_PERIOD, isWithinAddressLimit } from './addressLimit.ts';
import { isFromAllowedOrigin } from './allowedOrigin.ts';
import { authorize, tokenOf } from './authorize.ts';

/**
 * Checks a request to `{path}/{key}/…` for all that a join requires, without asking the room.
 *
 * @param what counts against the limit of the address.
 * @returns the path, or the answer to a request that is refused.
 */
export async function admittedPath(
  context: Context,
  runtime: Runtime,
  what: 'ice' | 'link',
): Promise<PeerPath | Response> {
  const { settings } = runtime;
  const { headers } = context.req.raw;
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) return refuse(context, 400, 'invalid-path');
  if (context.req.param('key') !== settings.key) return refuse(context, 401, 'invalid-key');
  if (!isFromAllowedOrigin(settings, headers)) return refuse(context, 403, 'origin-not-allowed');
  if (!(await isWithinAddressLimit(runtime, headers, what))) {
    context.header('Retry-After', String(ADDRESS_PERIOD));
    return refuse(context, 429, 'too-many-connections');
  }
  const authorization = await authorize(runtime, path, tokenOf(context.req.raw));
  return authorization === undefined ? refuse(context, 401, 'invalid-token') : path;
}

function refuse(context: Context, status: 400 | 401 | 403 | 429, reason: RefusalReason): Response {
  return context.json({ error: refusalSentence(reason) }, status);
}
