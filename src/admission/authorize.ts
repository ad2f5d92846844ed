import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import type { Runtime } from '../room/Runtime.ts';
import type { Settings } from '../settings.ts';
import { type TokenKey, verifyToken } from './signedTokens.ts';

/** What an accepted token allows. */
export interface Authorization {
  /** The only peer id that the token is for. Undefined if it is for any. */
  readonly subject: string | undefined;
}

/**
 * Checks a token for a path, for sockets and for HTTP alike. Where tokens are not signed, any is
 * accepted.
 *
 * @returns undefined if the token is not accepted.
 * @throws if the keys to check it cannot be fetched.
 */
export async function authorize(
  runtime: Pick<Runtime, 'settings' | 'waitUntil'>,
  path: PeerPath,
  token: string,
): Promise<Authorization | undefined> {
  const { settings } = runtime;
  const key = tokenKey(settings);
  if (key === undefined) return { subject: undefined };
  const rules = {
    audience: settings.jwtAudience || undefined,
    issuer: settings.jwtIssuer || undefined,
  };
  const claims = await verifyToken(token, key, rules, (work) => runtime.waitUntil(work));
  if (claims === undefined) return undefined;
  if (claims.room !== undefined && parsePeerPath(claims.room)?.name !== path.name) return undefined;
  return { subject: claims.sub };
}

/** Whether tokens are signed, so that not everybody has one. */
export function hasSignedTokens(settings: Settings): boolean {
  return tokenKey(settings) !== undefined;
}

/**
 * The token of an HTTP request: `Authorization: Bearer`, or `token` in the query as on the socket.
 */
export function tokenOf(request: Request): string {
  return bearerTokenOf(request) ?? new URL(request.url).searchParams.get('token') ?? '';
}

/** The token of an `Authorization: Bearer` header (RFC 6750), if there is one. */
export function bearerTokenOf(request: Request): string | undefined {
  const header = request.headers.get('Authorization') ?? '';
  return /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : undefined;
}

function tokenKey(settings: Settings): TokenKey | undefined {
  if (settings.jwtSecret !== '') return { secret: settings.jwtSecret };
  if (settings.jwtJwksUrl !== '') return { jwksUrl: settings.jwtJwksUrl };
  return undefined;
}
