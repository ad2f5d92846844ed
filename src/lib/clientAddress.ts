/** What is asked of a request here. */
export interface IncomingRequest {
  readonly headers: Headers;
  readonly cf?: unknown;
}

/**
 * The address that a request came from, by which joins are counted: an IPv4 address as it is, an
 * IPv6 address by its first 64 bits, since one household or machine has all of those behind them.
 *
 * On Cloudflare `CF-Connecting-IP` has it, which a client cannot set; the self-hosted mode takes it
 * out of every request. There it is the address at the other end of the socket, or what a proxy
 * wrote into `X-Forwarded-For` where the settings say that a proxy is there. Each proxy adds the
 * address it was reached from at the end, and what stands before that anybody may have written.
 *
 * @param proxies how many proxies requests pass before they reach this server.
 * @returns undefined where the address says nothing about the client: at the other end is this
 *   machine or a private network, so that it is a proxy that nobody told us of, or a test.
 */
export function clientAddress(request: IncomingRequest, proxies: number): string | undefined {
  const { headers, cf } = request;
  const fromCloudflare = headers.get('CF-Connecting-IP');
  if (fromCloudflare !== null) return normalized(fromCloudflare);

  const forwarded = headers.get('X-Forwarded-For')?.split(',') ?? [];
  const fromProxy = proxies > 0 ? forwarded.at(-proxies) : undefined;
  if (fromProxy !== undefined) return normalized(fromProxy);

  // What workerd puts there; Cloudflare does not.
  const { clientIp } = (cf ?? {}) as { clientIp?: string };
  const address = clientIp === undefined ? undefined : normalized(clientIp);
  return address === undefined || PRIVATE.test(address) ? undefined : address;
}

/** Loopback, private and link-local addresses, in the form that `normalized` gives them. */
const PRIVATE =
  /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0:0:0:0:|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/;

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** Without a port, and an IPv4 address in the form of an IPv6 one as what it is. */
function normalized(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  const host =
    /^\[(.*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([^:]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = host.replace(/^::ffff:(?=\d+\.)/, '');
  return IPV4.test(address) ? address : networkOf(address);
}

/** The first four groups of an IPv6 address, written in one way only. */
function networkOf(address: string): string | undefined {
  // The URL parser knows every way to write one, and writes it in the shortest.
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const [left = '', right] = host.split('::');
  const groups = left === '' ? [] : left.split(':');
  if (right !== undefined) {
    const tail = right === '' ? [] : right.split(':');
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
