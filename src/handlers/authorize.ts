import type { Context } from 'hono';
import type { Config } from '../config.ts';
import type { WaitUntil } from '../lib/PublishedKeys.ts';
import { type TokenKey, verifyToken } from '../lib/signedTokens.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';

/** What a token that was accepted gives its bearer. */
export interface Authorization {
  /** The only peer id that the token is for. Undefined where it is for any. */
  readonly subject: string | undefined;
}

/**
 * Whether a token lets its bearer in at a path. Where tokens are not signed, any does. The one
 * place that decides this, for sockets and for HTTP.
 *
 * @param waitUntil lets the keys be fetched anew after the request was answered.
 * @returns undefined where it does not.
 * @throws if the keys to check it with cannot be had.
 */
export async function authorize(
  config: Config,
  path: PeerPath,
  token: string,
  waitUntil: WaitUntil,
): Promise<Authorization | undefined> {
  const key = tokenKey(config);
  if (key === undefined) return { subject: undefined };
  const rules = {
    audience: config.jwtAudience || undefined,
    issuer: config.jwtIssuer || undefined,
  };
  const claims = await verifyToken(token, key, rules, waitUntil);
  if (claims === undefined) return undefined;
  if (claims.room !== undefined && parsePeerPath(claims.room)?.name !== path.name) return undefined;
  return { subject: claims.sub };
}

/** Lets what a request has begun go on after its answer. */
export function waitUntilOf(context: Context): WaitUntil {
  return (work) => context.executionCtx.waitUntil(work);
}

/**
 * The token of an HTTP request: `Authorization: Bearer`, or the query's `token` as on the socket.
 */
export function tokenOf(request: Request): string {
  return bearerTokenOf(request) ?? new URL(request.url).searchParams.get('token') ?? '';
}

/** The token of an `Authorization: Bearer` header (RFC 6750), if there is one. */
export function bearerTokenOf(request: Request): string | undefined {
  const header = request.headers.get('Authorization') ?? '';
  return /^bearer /i.test(header) ? header.slice('bearer '.length).trim() : undefined;
}

function tokenKey(config: Config): TokenKey | undefined {
  if (config.jwtSecret !== '') return { secret: config.jwtSecret };
  if (config.jwtJwksUrl !== '') return { jwksUrl: config.jwtJwksUrl };
  return undefined;
}
