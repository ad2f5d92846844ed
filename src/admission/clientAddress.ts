import type { RequestAddress } from '../room/Runtime.ts';
import { readUrl } from '../settings/readUrl.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/** Every text that is not an address becomes this one, so that made-up ones share one limit. */
const UNKNOWN = 'unknown';

/**
 * The address that a request came from, by which joins are counted: an IPv4 address as it is, and
 * an IPv6 address by its first 56 bits, since a provider may give one household all addresses
 * behind these (RFC 6177).
 *
 * If the platform does not vouch for an address, it is the one at the other end of the socket, or
 * the one that a proxy wrote into `X-Forwarded-For`, if the settings say that there is a proxy.
 * Each proxy appends the address that it was reached from; anybody may have written what comes
 * before that.
 *
 * @param proxies the number of proxies in front of this server.
 * @returns undefined if the address says nothing about the client: the other end is this machine or
 *   in a private network, so it is a proxy that the settings do not mention, or a test.
 */
export function clientAddress(
  { client, socket }: RequestAddress,
  headers: RequestHeaders,
  proxies: number,
): string | undefined {
  if (client !== undefined) return normalized(client);

  const forwarded = headers.get('X-Forwarded-For')?.split(',') ?? [];
  const fromProxy = proxies > 0 ? forwarded.at(-proxies) : undefined;
  if (fromProxy !== undefined) return normalized(fromProxy);

  const address = normalized(socket ?? '');
  return address === UNKNOWN || PRIVATE.test(address) ? undefined : address;
}

/** The address at the other end of the socket, in the form of `clientAddress`. */
export function socketAddress({ socket }: RequestAddress): string {
  return normalized(socket ?? '');
}

/** Whether an address, as `socketAddress` gives it, is this machine's own. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === IPV6_LOOPBACK;
}

/** Headers that proxies add to a request. */
const PROXY_HEADERS = [
  'Forwarded',
  'Via',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Real-IP',
];

/** Whether a proxy says that it has passed a request on. One that adds no header is not seen. */
export function isProxied(headers: RequestHeaders): boolean {
  return PROXY_HEADERS.some((name) => headers.get(name) !== null);
}

/** In the form of `normalized`. No other machine has an address in this network. */
const IPV6_LOOPBACK = '0:0:0:0::/56';

/** Loopback, private and link-local addresses, in the form of `normalized`. */
const PRIVATE =
  /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0:0:0:0:|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Without a port; an IPv4 address that is written as IPv6 becomes IPv4 again. */
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
  // The URL parser reads every spelling of an address, and gives the shortest one.
  const host = readUrl(`http://[${address.replace(/%.*$/, '')}]/`)?.hostname.slice(1, -1);
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
