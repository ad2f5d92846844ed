import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** What a signed token says beyond that its bearer may connect at all. */
export interface TokenClaims {
  /** The peer id it is for. */
  readonly sub: string | undefined;
  /** The path it is for. */
  readonly room: string | undefined;
}

/** How tokens are signed: with a secret (HS256), or with a key that is published at a URL. */
export type TokenKey = { readonly secret: string } | { readonly jwksUrl: string };

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

/** Key sets stay for the life of the isolate: `jose` fetches them again when a new key turns up. */
const keySets = new Map<string, JWTVerifyGetKey>();

/**
 * Checks a JWT (RFC 7519): its signature, that it has not expired (`exp` must be there) and is valid
 * already (`nbf`).
 *
 * @returns undefined for a token that is not valid.
 * @throws if the published keys cannot be had, in which case nobody knows.
 */
export async function verifyToken(token: string, key: TokenKey): Promise<TokenClaims | undefined> {
  try {
    const { payload } =
      'secret' in key
        ? await jwtVerify(token, new TextEncoder().encode(key.secret), {
            algorithms: ['HS256'],
            requiredClaims: ['exp'],
          })
        : await jwtVerify(token, keySetAt(key.jwksUrl), {
            algorithms: ASYMMETRIC,
            requiredClaims: ['exp'],
          });
    return claimsOf(payload);
  } catch (error) {
    if (saysTokenIsBad(error)) return undefined;
    throw error;
  }
}

function claimsOf({ sub, room }: JWTPayload): TokenClaims | undefined {
  if (sub !== undefined && typeof sub !== 'string') return undefined;
  if (room !== undefined && typeof room !== 'string') return undefined;
  return { sub, room };
}

function keySetAt(url: string): JWTVerifyGetKey {
  let keySet = keySets.get(url);
  if (keySet === undefined) {
    keySet = createRemoteJWKSet(new URL(url));
    keySets.set(url, keySet);
  }
  return keySet;
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
