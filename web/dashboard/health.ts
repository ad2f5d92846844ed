const PATIENCE_MS = 10_000;

/** What `/health` says. */
export interface Health {
  readonly version: string;
  /** Whether rooms answer. */
  readonly isHealthy: boolean;
}

/** Asks the server whether peers can connect. @returns undefined if it does not answer. */
export async function fetchHealth(): Promise<Health | undefined> {
  try {
    const response = await fetch('health', {
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { status, version } = (await response.json()) as { status: string; version: string };
    return { version, isHealthy: status === 'ok' };
  } catch {
    return undefined;
  }
}
