import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type LocalJWKSet,
} from 'jose';
import { PublishedKeys, type WaitUntil } from './PublishedKeys.ts';

/** What a signed token says beyond that its bearer may connect at all. */
export interface TokenClaims {
  /** The peer id it is for. */
  readonly sub: string | undefined;
  /** The path it is for. */
  readonly room: string | undefined;
}

/** How tokens are signed: with a secret (HS256), or with a key that is published at a URL. */
export type TokenKey = { readonly secret: string } | { readonly jwksUrl: string };

/** Whom a token must be for and from. Undefined where that does not matter. */
export interface TokenRules {
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
}

/** What a key at a URL may be used with. Never HS256: a public key must not serve as a secret. */
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

/** Seconds by which the clocks of who signs and who checks may differ. */
const CLOCK_TOLERANCE = 30;

/** For the life of the isolate. */
const published = new Map<string, PublishedKeys>();

/**
 * Checks a JWT (RFC 7519): its signature, that it has not expired (`exp` must be there), is valid
 * already (`nbf`), and is for whom and from whom it has to be (`aud`, `iss`).
 *
 * @returns undefined for a token that is not valid.
 * @throws if the published keys cannot be had, in which case nobody knows.
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
    if (saysTokenIsBad(error)) return undefined;
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
 * A token that does not name its key (`kid`) is tried with every one that it may be signed with.
 *
 * @throws JWKSNoMatchingKey for one that is signed with none of these, which newer ones may be.
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

function saysTokenIsBad(error: unknown): boolean {
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
