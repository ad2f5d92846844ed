import type { Context } from 'hono';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import { peerPathname } from '../protocol/peerPathname.ts';
import { refusalSentence } from '../protocol/refusals.ts';
import { RequestError } from '../protocol/roomRequests.ts';
import type { Runtime } from '../room/Runtime.ts';
import { authorize, tokenOf } from './authorize.ts';
import { refuse } from './Refused.ts';
import { checkKeyAndOrigin, countRequest } from './requestChecks.ts';

/**
 * Checks a request to `{path}/{key}/…` for all that a join requires, without asking the room. It throws
 * what `answer` reads if the request is refused.
 *
 * @param what counts against the limit of the address.
 */
export async function admittedPath(
  context: Context,
  runtime: Runtime,
  what: 'ice' | 'link',
): Promise<PeerPath> {
  const path = pathOf(context);
  checkKeyAndOrigin(context, runtime);
  await countRequest(context, runtime, what);
  const authorization = await authorize(runtime, path, tokenOf(context.req.raw));
  return authorization === undefined ? refuse('invalid-token') : path;
}

/**
 * The room or realm of a request to `{path}/{key}/…`.
 *
 * @throws {RequestError} if the path is neither.
 */
export function pathOf(context: Context): PeerPath {
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) throw new RequestError(refusalSentence('invalid-path'));
  return path;
}
