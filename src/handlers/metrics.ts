import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { metricsCollector } from '../durable-objects/MetricsCollector.ts';
import { EXPOSITION_TYPE, exposition } from '../metrics/exposition.ts';
import { summary } from '../metrics/summary.ts';
import { adminAccess } from './adminAccess.ts';

/** `GET /metrics`: for Prometheus, or as JSON where `Accept` asks for it. */
export async function metrics(context: Context<{ Bindings: Env }>): Promise<Response> {
  const access = await adminAccess(context);
  if (access instanceof Response) return access;
  const headers = {
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    'X-Content-Type-Options': 'nosniff',
  };
  if (!configOf(context.env).hasMetrics) {
    return context.json({ error: 'Nothing is counted: METRICS is off' }, 404, headers);
  }
  const snapshot = await metricsCollector(context.env).read();
  return context.req.header('Accept')?.includes('application/json')
    ? context.json(summary(snapshot, access === 'all'), 200, headers)
    : context.body(exposition(snapshot), 200, { ...headers, 'Content-Type': EXPOSITION_TYPE });
}
