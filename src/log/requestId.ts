/** What Cloudflare writes: 16 hexadecimal digits, mostly with the airport of the data center. */
const RAY_ID = /^[0-9a-f]{16}(-[A-Z]{3})?$/;

/**
 * What the log lines of one request, and of the connection it opened, have in common: the Ray ID,
 * under which Cloudflare's own logs have it too. Elsewhere a random one.
 * https://developers.cloudflare.com/fundamentals/reference/cloudflare-ray-id/
 */
export function requestIdOf(headers: Pick<Headers, 'get'>): string {
  const ray = headers.get('CF-Ray') ?? '';
  return RAY_ID.test(ray) ? ray : crypto.randomUUID();
}
