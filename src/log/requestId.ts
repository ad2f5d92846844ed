/**
 * Cloudflare's form: 16 hexadecimal digits, mostly followed by the airport code of the data center.
 */
const RAY_ID = /^[0-9a-f]{16}(-[A-Z]{3})?$/;

/**
 * The id that all log lines of one request, and of the connection it opened, share: the Ray ID, as
 * in Cloudflare's own logs; elsewhere a random UUID.
 * https://developers.cloudflare.com/fundamentals/reference/cloudflare-ray-id/
 */
export function requestIdOf(headers: Pick<Headers, 'get'>): string {
  const ray = headers.get('CF-Ray') ?? '';
  return RAY_ID.test(ray) ? ray : crypto.randomUUID();
}
