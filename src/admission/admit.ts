import { requestIdOf } from '../log/requestId.ts';
import { isValidId, isValidToken } from '../protocol/names.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import { peerPathname } from '../protocol/peerPathname.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import { type SocketParameters, socketParameters } from '../protocol/socketParameters.ts';
import { mayBeManaged } from '../room/managedPath.ts';
import type { Join, Runtime } from '../room/Runtime.ts';
import { isWithinAddressLimit } from './addressLimit.ts';
import { isFromAllowedOrigin } from './allowedOrigin.ts';
import { authorize, hasSignedTokens } from './authorize.ts';
import { clientAddress } from './clientAddress.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/** The name of a page is kept with each peer. A longer one is cut off: the rest still tells pages apart. */
const MAX_PAGE_LENGTH = 64;

/** A request to join, not checked yet. */
export interface JoinApplicant {
  readonly parameters: SocketParameters;
  /** Undefined if it is not valid. */
  readonly path: PeerPath | undefined;
  readonly headers: RequestHeaders;
  readonly requestId: string;
}

/** Reads the request for a socket, without checking it. */
export function applicantOf(
  url: Pick<URL, 'pathname' | 'search'>,
  headers: RequestHeaders,
): JoinApplicant {
  return {
    parameters: socketParameters(url),
    path: parsePeerPath(peerPathname(url.pathname, 1)),
    headers,
    requestId: requestIdOf(headers),
  };
}

/**
 * Makes every check of a join that does not depend on the peers in the room, the cheapest first.
 *
 * @returns the join to hand to its room, or why it is refused.
 * @throws if the keys to check its token cannot be fetched.
 */
export async function admit(
  { parameters, path, headers, requestId }: JoinApplicant,
  runtime: Runtime,
): Promise<Join | RefusalReason> {
  const { settings } = runtime;
  const { key, id, token, ask, page } = parameters;
  if (id === '' || token === '' || key === '') return 'missing-parameters';
  if (key !== settings.key) return 'invalid-key';
  if (!isValidId(id)) return 'invalid-id';
  if (!isValidToken(token)) return 'invalid-token';
  if (path === undefined) return 'invalid-path';
  const asksForSeat = ask === 'SEAT';
  if (asksForSeat && !mayBeManaged(path)) return 'no-such-room';
  if (!isFromAllowedOrigin(settings, headers)) return 'origin-not-allowed';
  if (!(await isWithinAddressLimit(runtime, headers, 'join'))) return 'too-many-connections';

  const authorization = await authorize(runtime, path, token);
  if (authorization === undefined) return 'invalid-token';
  const { subject } = authorization;
  if (subject !== undefined && subject !== id) return 'invalid-token';
  // Each seat is for one id.
  if (asksForSeat && subject === undefined && hasSignedTokens(settings)) return 'invalid-token';
  const asksForRoom = ask === 'ROOM' || asksForSeat || undefined;
  const isOwner = subject !== undefined;
  const claim = {
    id,
    token,
    isOwner,
    page: page.slice(0, MAX_PAGE_LENGTH) || undefined,
    requestId,
    asksForRoom,
  };
  if (!asksForSeat) return { path, claim };
  const address = clientAddress(runtime.address, headers, settings.trustedProxies);
  return { path, claim, seatWish: { address } };
}
