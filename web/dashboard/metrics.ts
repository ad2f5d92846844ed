/**
 * The answer of `GET /metrics` to `Accept: application/json`. Counters count from the server's
 * start.
 */
export interface Metrics {
  readonly activeRooms: number;
  readonly activePeers: number;
  readonly messagesPerSecond: number;
  readonly uptimeSeconds: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly counters: {
    readonly connections: number;
    readonly relayed: Readonly<Record<string, number>>;
    readonly expired: number;
    readonly takeovers: number;
    readonly wakes: number;
    /** By reason. */
    readonly refusals: Readonly<Record<string, number>>;
    readonly handshakes: { readonly offer: number; readonly answer: number };
  };
  readonly rooms: readonly LiveRoom[];
}

/** A room or realm that has peers now. */
export interface LiveRoom {
  readonly name: string;
  readonly kind: 'room' | 'realm';
  /** Not all of them, if there are very many. */
  readonly peers: readonly string[];
  readonly peerCount: number;
}

export type MetricsAnswer =
  | { readonly kind: 'metrics'; readonly metrics: Metrics }
  /** A token is needed, or another one. */
  | { readonly kind: 'unauthorized' }
  /** The server shows its metrics to nobody, and says why. */
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'away' };

const PATIENCE_MS = 10_000;

/** Asks the server for its metrics. @param token the admin token, empty for none. */
export async function fetchMetrics(token: string): Promise<MetricsAnswer> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  try {
    const response = await fetch('metrics', {
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status === 401) return { kind: 'unauthorized' };
    if (response.status === 403 || response.status === 404) {
      return { kind: 'closed', reason: ((await response.json()) as { error: string }).error };
    }
    if (!response.ok) return { kind: 'away' };
    return { kind: 'metrics', metrics: (await response.json()) as Metrics };
  } catch {
    return { kind: 'away' };
  }
}

/** The sum over all kinds of a counter. */
export function total(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}
