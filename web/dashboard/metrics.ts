import type { Summary } from '../../src/metrics/formats.ts';

type MetricsAnswer =
  | { readonly kind: 'metrics'; readonly metrics: Summary }
  /** A token is needed, or another one. */
  | { readonly kind: 'unauthorized' }
  /** The server shows its metrics to nobody, and says why. */
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'away' };

const PATIENCE_MS = 10_000;
/** What a header can hold. */
const HEADER = /^[\x20-\xff]*$/;

/** Asks the server for its metrics. @param token the admin token, empty for none. */
export async function fetchMetrics(token: string): Promise<MetricsAnswer> {
  if (!HEADER.test(token)) return { kind: 'unauthorized' };
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
    return { kind: 'metrics', metrics: (await response.json()) as Summary };
  } catch {
    return { kind: 'away' };
  }
}

/** The sum over all kinds of a counter. */
export function total(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}
