import { addCounters, noCounters } from '../metrics/Counters.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import { settingsOf } from '../settings.ts';
import { Since } from '../time/Since.ts';
import { metricsCollector } from './MetricsCollector.ts';

/** Milliseconds from the first count to its report. */
const REPORT_DELAY_MS = 2000;
/** The time after which a report counts as lost: its request may have been cancelled. */
const REPORT_LIMIT_MS = 10_000;

/** The counts of this isolate that are not reported yet. */
let unreported = noCounters();
let reporting: Since | undefined;

/**
 * Counts what the Worker decides without a coordinator. The first count starts a report, which goes
 * out 2 s later with all counts until then. Waiting costs a Worker nothing, and however many joins
 * are refused, each isolate sends one report every 2 s.
 */
export function countInWorker(
  env: Env,
  context: Pick<ExecutionContext, 'waitUntil'>,
  what: RefusalReason | 'failure',
): void {
  if (!settingsOf(env).hasMetrics) return;
  if (what === 'failure') unreported.failures += 1;
  else unreported.refusals[what] += 1;

  const now = Date.now();
  if (reporting !== undefined && reporting.elapsed(now) < REPORT_LIMIT_MS) return;
  reporting = new Since(now);
  context.waitUntil(report(env));
}

async function report(env: Env): Promise<void> {
  await scheduler.wait(REPORT_DELAY_MS);
  const counters = unreported;
  unreported = noCounters();
  reporting = undefined;
  try {
    await metricsCollector(env).count(counters);
  } catch {
    addCounters(unreported, counters);
  }
}
