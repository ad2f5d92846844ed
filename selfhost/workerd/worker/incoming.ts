import { belowMount } from '../../../src/protocol/mount.ts';

/**
 * A request as the Worker knows it on Cloudflare.
 *
 * workerd refuses a request without a Host header, as HTTP/1.0 sends it, unless it takes itself for
 * an HTTP proxy (`style = proxy`): then it passes on the target of the request line as it came, and
 * the host has to be put before it here.
 *
 * @param mount the path below which all is served as well, such as `/myapp`; empty for none.
 */
export function incomingRequest(request: Request, mount: string): Request {
  const host = request.headers.get('Host') ?? 'localhost';
  const target = request.url === '*' ? '/' : request.url;
  const url = URL.parse(target.startsWith('/') ? `http://${host}${target}` : target);
  // The Worker answers it: its Host header is no host.
  if (url === null) return request;
  const below = belowMount(url.pathname, mount);
  if (below !== undefined) url.pathname = below;
  return new Request(url, request);
}
