import type { Context } from 'hono';
import { adminAccess } from '../admission/adminAccess.ts';
import { EXPOSITION_TYPE, exposition, summary } from '../metrics/formats.ts';
import type { Runtime } from '../room/Runtime.ts';

/** `GET /metrics`: for Prometheus, or as JSON where `Accept` asks for it. */
export async function metrics(context: Context, runtime: Runtime): Promise<Response> {
  const access = await adminAccess(context, runtime);
  if (access instanceof Response) return access;
  const headers = {
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    'X-Content-Type-Options': 'nosniff',
  };
  if (!runtime.settings.hasMetrics) {
    return context.json({ error: 'Nothing is counted: METRICS is off' }, 404, headers);
  }
  const snapshot = await runtime.metrics();
  return context.req.header('Accept')?.includes('application/json')
    ? context.json(summary(snapshot, access === 'all'), 200, headers)
    : context.body(exposition(snapshot), 200, { ...headers, 'Content-Type': EXPOSITION_TYPE });
}
