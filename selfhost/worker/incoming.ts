/** What is served at the top, and below the path of `--path` as well. Rooms too: the demo's are there. */
const MOUNTED =
  /^\/(?:(?:health|metrics|demo|dashboard|openapi\.yaml|asyncapi\.yaml|assets\/[^/]+|room\/.+)\/?)?$/;

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

/** Whether this is a browser at the mounted root without a slash, where relative links would fail. */
export function lacksSlash(request: Request, mount: string): boolean {
  const isBrowser = request.headers.get('Accept')?.includes('text/html') ?? false;
  return isBrowser && mount !== '' && request.url.replace(/\?.*/, '') === mount;
}

function belowMount(pathname: string, mount: string): string | undefined {
  const path = pathname.replace(/\/{2,}/g, '/');
  if (mount === '' || !(path === mount || path.startsWith(`${mount}/`))) return undefined;
  const rest = path.slice(mount.length) || '/';
  return MOUNTED.test(rest) ? rest : undefined;
}
