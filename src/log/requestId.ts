/**
 * Cloudflare's form: 16 hexadecimal digits, mostly followed by the airport code of the data center.
 */
const RAY_ID = /^[0-9a-f]{16}(-[A-Z]{3})?$/;

/**
 * The id in all log lines of one request and its connection: its Ray ID, which Cloudflare's own logs
 * have too (https://developers.cloudflare.com/fundamentals/reference/cloudflare-ray-id/), or a UUID.
 */
export function requestIdOf(headers: Pick<Headers, 'get'>): string {
  const ray = headers.get('CF-Ray') ?? '';
  return RAY_ID.test(ray) ? ray : crypto.randomUUID();
}
