import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type LocalJWKSet,
} from 'jose';
import { PublishedKeys, type WaitUntil } from './PublishedKeys.ts';

/** What a signed token limits its bearer to. */
interface TokenClaims {
  /** The peer id that the token is for. */
  readonly sub: string | undefined;
  /** The path that the token is for. */
  readonly room: string | undefined;
}

/** How tokens are signed: with a secret (HS256), or with a key that is published at a URL. */
export type TokenKey = { readonly secret: string } | { readonly jwksUrl: string };

/** The `aud` and `iss` that a token must have. Undefined allows any. */
interface TokenRules {
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
}

/** The algorithms for a key at a URL. Never HS256: it would use the public key as a secret. */
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

/** Seconds by which the clocks of the signer and of this server may differ. */
const CLOCK_TOLERANCE = 30;

/** They live as long as the isolate. */
const published = new Map<string, PublishedKeys>();

/**
 * Checks a JWT (RFC 7519): its signature, `exp` (which is required), `nbf`, and `aud` and `iss` as
 * the rules say.
 *
 * @returns undefined for a token that is not valid.
 * @throws if the published keys cannot be fetched, so that nobody knows whether it is valid.
 */
export async function verifyToken(
  token: string,
  key: TokenKey,
  { audience, issuer }: TokenRules,
  waitUntil: WaitUntil,
): Promise<TokenClaims | undefined> {
  const options = {
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE,
    ...(audience === undefined ? {} : { audience }),
    ...(issuer === undefined ? {} : { issuer }),
  };
  try {
    const payload =
      'secret' in key
        ? await verifyWithSecret(token, key.secret, options)
        : await keysAt(key.jwksUrl).with((keys) => verifyWithAny(token, keys, options), waitUntil);
    return claimsOf(payload);
  } catch (error) {
    if (meansInvalidToken(error)) return undefined;
    throw error;
  }
}

async function verifyWithSecret(
  token: string,
  secret: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const key = new TextEncoder().encode(secret);
  return (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload;
}

/**
 * Checks a token that does not name its key (`kid`) with every key that fits.
 *
 * @throws JWKSNoMatchingKey if none fits. A newer key may fit.
 */
async function verifyWithAny(
  token: string,
  keys: LocalJWKSet,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const asymmetric = { ...options, algorithms: ASYMMETRIC };
  try {
    return (await jwtVerify(token, keys, asymmetric)).payload;
  } catch (error) {
    const isOtherKey = error instanceof errors.JWSSignatureVerificationFailed;
    if (isOtherKey && decodeProtectedHeader(token).kid === undefined) {
      throw new errors.JWKSNoMatchingKey();
    }
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, asymmetric)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWKSNoMatchingKey();
  }
}

function claimsOf({ sub, room }: JWTPayload): TokenClaims | undefined {
  if (sub !== undefined && typeof sub !== 'string') return undefined;
  if (room !== undefined && typeof room !== 'string') return undefined;
  return { sub, room };
}

function keysAt(url: string): PublishedKeys {
  let keys = published.get(url);
  if (keys === undefined) {
    keys = new PublishedKeys(url, fetch);
    published.set(url, keys);
  }
  return keys;
}

function meansInvalidToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}
