import type { Context } from 'hono';
import type { RequestAddress, Runtime } from '../room/Runtime.ts';
import { bearerTokenOf } from './authorize.ts';
import { isLoopback, isProxied, socketAddress } from './clientAddress.ts';
import { isSameSecret } from './isSameSecret.ts';

/**
 * What a request may see of the operator's data: `all`, or the `numbers` without the names of rooms
 * and peers, since anybody who knows the name of a room can join it.
 */
type AdminAccess = 'all' | 'numbers';

/**
 * Decides what a request may see. If the secret ADMIN_TOKEN is set: all with it, nothing without.
 * If not: the numbers where the server is self-hosted or its metrics are public, and all for a
 * program on the self-hosted server's own machine.
 *
 * @returns the answer to a request that may see nothing.
 */
export async function adminAccess(
  context: Context,
  { settings, address }: Pick<Runtime, 'settings' | 'address'>,
): Promise<AdminAccess | Response> {
  const { adminToken, isSelfHosted, hasPublicMetrics } = settings;
  const noStore = { 'Cache-Control': 'no-store' };
  if (adminToken !== '') {
    const given = bearerTokenOf(context.req.raw) ?? '';
    if (await isSameSecret(given, adminToken)) return 'all';
    return context.json({ error: 'Send the ADMIN_TOKEN as Authorization: Bearer <token>' }, 401, {
      ...noStore,
      'WWW-Authenticate': 'Bearer',
    });
  }
  if (isSelfHosted) return isFromThisMachine(context.req.raw, address) ? 'all' : 'numbers';
  if (hasPublicMetrics) return 'numbers';
  return context.json(
    { error: 'Not public: set the secret ADMIN_TOKEN, or PUBLIC_METRICS to true' },
    403,
    noStore,
  );
}

/**
 * Whether a request comes from a program on this machine, and not through a proxy on it. The Host
 * header must name this machine too: a page can make its own host name resolve to here (DNS
 * rebinding).
 */
function isFromThisMachine(request: Request, address: RequestAddress): boolean {
  const { hostname } = new URL(request.url);
  const isLocalName = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return isLocalName && !isProxied(request.headers) && isLoopback(socketAddress(address));
}
