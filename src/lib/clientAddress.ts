/**
 * The address that a request came from, by which joins are counted: an IPv4 address as it is, an
 * IPv6 address by its first 64 bits, since one household or machine has all of those behind them.
 * Cloudflare sets the header, and a client cannot.
 *
 * @returns undefined where there is no such header.
 */
export function clientAddress(headers: Headers): string | undefined {
  const address = headers.get('CF-Connecting-IP')?.trim().toLowerCase();
  if (address === undefined || address === '') return undefined;
  return address.includes(':') ? networkOf(address) : address;
}

/** The first four groups of an IPv6 address, written in one way only. */
function networkOf(address: string): string {
  // The URL parser knows every way to write one, and writes it in the shortest.
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return address;
  const [left = '', right] = host.split('::');
  const groups = left === '' ? [] : left.split(':');
  if (right !== undefined) {
    const tail = right === '' ? [] : right.split(':');
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
