/**
 * Whether two texts are the same, in a time that tells nothing of where they differ or of how long
 * the secret is: their digests are compared, which are equally long.
 * https://developers.cloudflare.com/workers/examples/protect-against-timing-attacks/
 */
export async function isSameSecret(given: string, secret: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(secret)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}
