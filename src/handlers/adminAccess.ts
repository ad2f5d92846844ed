import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { isSameSecret } from '../lib/isSameSecret.ts';
import { bearerTokenOf } from './authorize.ts';

/**
 * Whether a request may see what only an operator should: with the secret ADMIN_TOKEN if there is
 * one, in its `Authorization` header; else only where the server is self-hosted, or its metrics are
 * public.
 *
 * @returns the answer to one that may not.
 */
export async function refusalOfAdmin(
  context: Context<{ Bindings: Env }>,
): Promise<Response | undefined> {
  const { adminToken, isSelfHosted, hasPublicMetrics } = configOf(context.env);
  const noStore = { 'Cache-Control': 'no-store' };
  if (adminToken !== '') {
    const given = bearerTokenOf(context.req.raw) ?? '';
    if (await isSameSecret(given, adminToken)) return undefined;
    return context.json({ error: 'Send the ADMIN_TOKEN as Authorization: Bearer <token>' }, 401, {
      ...noStore,
      'WWW-Authenticate': 'Bearer',
    });
  }
  if (isSelfHosted || hasPublicMetrics) return undefined;
  return context.json(
    { error: 'Not public: set the secret ADMIN_TOKEN, or PUBLIC_METRICS to true' },
    403,
    noStore,
  );
}
