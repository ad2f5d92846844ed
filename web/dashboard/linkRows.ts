import type { Summary } from '../../src/metrics/formats.ts';
import type { LinkRoute } from '../../src/protocol/linkReports.ts';

/** What became of attempts to connect, as shares. */
export interface LinkRow {
  /** Where the players are: a country and a kind of network, or all of them. */
  readonly from: string;
  readonly attempts: number;
  readonly connected: number;
  /** Of those that connected, by route. */
  readonly routes: Readonly<Record<LinkRoute, number>>;
}

type Ends = Omit<Summary['counters']['links'][number], 'country' | 'network'>;

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** All attempts first, then those of each country and kind of network, where most are first. */
export function linkRows(links: Summary['counters']['links']): LinkRow[] {
  if (links.length === 0) return [];
  const all: Ends = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };
  for (const ends of links) {
    for (const end of Object.keys(all) as (keyof Ends)[]) all[end] += ends[end];
  }
  const origins = links.map((ends) => rowOf(originOf(ends), ends));
  return [rowOf('Everywhere', all), ...origins.toSorted((a, b) => b.attempts - a.attempts)];
}

function rowOf(from: string, { host, srflx, relay, server, failed }: Ends): LinkRow {
  const connected = host + srflx + relay + server;
  return {
    from,
    attempts: connected + failed,
    connected: share(connected, connected + failed),
    routes: {
      host: share(host, connected),
      srflx: share(srflx, connected),
      relay: share(relay, connected),
      server: share(server, connected),
    },
  };
}

function originOf({ country, network }: { country: string; network: string }): string {
  if (country === 'unknown' && network === 'unknown') return 'Unknown';
  const where = countryName(country);
  return `${where}, ${network === 'unknown' ? 'unknown network' : network}`;
}

/** Cloudflare has codes of its own, such as T1 for Tor, which are no regions. */
function countryName(code: string): string {
  if (code === 'unknown') return 'Unknown';
  if (code === 'T1') return 'Tor';
  return /^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
