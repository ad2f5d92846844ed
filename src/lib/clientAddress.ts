/** What is asked of a request here. */
export interface IncomingRequest {
  readonly headers: Headers;
  readonly cf?: unknown;
}

/** All texts that should be an address and are none, so that making them up gains nothing. */
const UNKNOWN = 'unknown';

/**
 * The address that a request came from, by which joins are counted: an IPv4 address as it is, an
 * IPv6 address by its first 56 bits, since a provider gives one household up to as many as are behind
 * them (RFC 6177).
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
  const { headers } = request;
  const fromCloudflare = headers.get('CF-Connecting-IP');
  if (fromCloudflare !== null) return normalized(fromCloudflare);

  const forwarded = headers.get('X-Forwarded-For')?.split(',') ?? [];
  const fromProxy = proxies > 0 ? forwarded.at(-proxies) : undefined;
  if (fromProxy !== undefined) return normalized(fromProxy);

  const address = socketAddress(request);
  return address === UNKNOWN || PRIVATE.test(address) ? undefined : address;
}

/** The address at the other end of the socket, whatever it is. */
export function socketAddress({ cf }: IncomingRequest): string {
  // What workerd puts there; Cloudflare does not.
  const { clientIp } = (cf ?? {}) as { clientIp?: string };
  return normalized(clientIp ?? '');
}

/** Whether an address, as `socketAddress` gives it, is this machine's own. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === IPV6_LOOPBACK;
}

/** In the form that `normalized` gives it: nobody else has an address in this network. */
const IPV6_LOOPBACK = '0:0:0:0::/56';

/** Loopback, private and link-local addresses, in the form that `normalized` gives them. */
const PRIVATE =
  /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0:0:0:0:|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Without a port, and an IPv4 address in the form of an IPv6 one as what it is. */
function normalized(text: string): string {
  const trimmed = text.trim().toLowerCase();
  const address =
    /^\[(.*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([^:]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  if (IPV4.test(address)) return address;
  const groups = ipv6Groups(address);
  if (groups === undefined) return UNKNOWN;
  const [first = 0, second = 0, third = 0, fourth = 0, fifth, sixth, seventh = 0, eighth = 0] =
    groups;
  if (first + second + third + fourth === 0 && fifth === 0 && sixth === 0xffff) {
    return [seventh >> 8, seventh & 0xff, eighth >> 8, eighth & 0xff].join('.');
  }
  const network = [first, second, third, fourth & 0xff00];
  return `${network.map((group) => group.toString(16)).join(':')}::/56`;
}

/** The eight numbers of an IPv6 address. */
function ipv6Groups(address: string): number[] | undefined {
  // The URL parser knows every way to write one, and writes it in the shortest.
  const host = URL.parse(`http://[${address.replace(/%.*$/, '')}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const [left = '', right] = host.split('::');
  const groups = left === '' ? [] : left.split(':');
  if (right !== undefined) {
    const tail = right === '' ? [] : right.split(':');
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return groups.map((group) => Number.parseInt(group, 16));
}
