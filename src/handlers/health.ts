import type { Context } from 'hono';
import { version } from '../../package.json';
import type { Runtime } from '../room/Runtime.ts';
import { Since } from '../time/Since.ts';

/** The milliseconds that a coordinator has to answer. */
const LIMIT_MS = 2000;

/**
 * `GET /health`: whether peers can connect. It asks a coordinator that exists for this alone, so
 * that no room is woken. With `?shallow` the Worker answers by itself.
 */
export async function health(context: Context, runtime: Runtime): Promise<Response> {
  const answer = (status: 'ok' | 'degraded', details: Readonly<Record<string, unknown>>) =>
    context.json(
      { status, timestamp: new Date().toISOString(), version, details },
      status === 'ok' ? 200 : 503,
      { 'Cache-Control': 'no-store' },
    );

  if (context.req.query('shallow') !== undefined) {
    return answer('ok', { durableObjects: 'not asked' });
  }
  const start = new Since(Date.now());
  const outcome = await askRooms(runtime);
  const latencyMs = start.elapsed(Date.now());
  return outcome === 'answered'
    ? answer('ok', { durableObjects: 'healthy', latencyMs })
    : answer('degraded', { durableObjects: 'unhealthy', latencyMs, reason: outcome });
}

function askRooms(runtime: Runtime): Promise<'answered' | 'failed' | 'timeout'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('timeout'), LIMIT_MS);
    const settle = (outcome: 'answered' | 'failed') => {
      clearTimeout(timer);
      resolve(outcome);
    };
    runtime.checkRooms().then(
      () => settle('answered'),
      () => settle('failed'),
    );
  });
}
