import type { IceServer } from './iceServer.ts';

/**
 * A self-hosted TURN server, with credentials that expire. The convention, which coturn calls its REST API:
 * the name is `<expiry>:<user>`, and the password is the base64 of the name's HMAC-SHA1.
 * https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00
 *
 * @param secret the `static-auth-secret` of coturn.
 * @param ttl seconds until the credentials expire.
 * @param now milliseconds since the epoch.
 */
export async function coturnServer(
  urls: readonly string[],
  secret: string,
  ttl: number,
  now: number,
): Promise<IceServer> {
  // Each player is another user, so that coturn's quota for a user (user-quota) is for one player.
  const username = `${Math.floor(now / 1000) + ttl}:${crypto.randomUUID()}`;
  return { urls, username, credential: await hmacSha1(secret, username) };
}

async function hmacSha1(secret: string, text: string): Promise<string> {
  const utf8 = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, utf8.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}
