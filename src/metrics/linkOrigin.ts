/** Where a report of links came from, as the platform says. It has no address. */
export interface RequestNetwork {
  /** Two letters (ISO 3166), if the platform knows. */
  readonly country: string | undefined;
  /** Who runs the network, such as `Vodafone GmbH`. */
  readonly operator: string | undefined;
}

/** Kinds of networks. The first that fits counts. */
const KINDS = {
  education: /universi|college|school|academ|education|institute of tech|\bjanet\b|\bgeant\b/i,
  mobile: /mobil|wireless|cellular|cellco|\bgsm\b|\blte\b|\bjio\b/i,
  hosting:
    /hosting|cloud|data ?cent(?:er|re)|datacamp|\bvpn\b|server|amazon|google|microsoft|digitalocean|hetzner|\bovh\b|linode|akamai|m247/i,
} as const;

type NetworkKind = keyof typeof KINDS | 'other' | 'unknown';

/** A country and a kind of network: at most a few hundred pairs, whatever clients send. */
export interface LinkOrigin {
  readonly country: string;
  readonly network: NetworkKind;
}

/** The country and the kind of network, which is guessed from the name of its operator. */
export function linkOrigin({ country = '', operator }: RequestNetwork): LinkOrigin {
  return {
    country: /^[A-Z][A-Z0-9]$/.test(country) ? country : 'unknown',
    network: operator === undefined || operator === '' ? 'unknown' : kindOf(operator),
  };
}

function kindOf(operator: string): NetworkKind {
  const kinds = Object.entries(KINDS) as [keyof typeof KINDS, RegExp][];
  return kinds.find(([, pattern]) => pattern.test(operator))?.[0] ?? 'other';
}
