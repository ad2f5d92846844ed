import { clientAddress } from './clientAddress.ts';
import { logInfo } from './logger.ts';

let hasSaidItIsOff = false;

/**
 * Counts a join against the limit of its address, by the Workers rate limiting binding: a count for
 * each location, kept in memory there, so it costs no request and no wait.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * Self-hosted there is no such binding, and where the address is unknown nothing can be counted.
 */
export async function mayJoin(env: Env, request: Request): Promise<boolean> {
  const limiter: RateLimit | undefined = env.JOIN_LIMITER;
  if (limiter === undefined) {
    if (!hasSaidItIsOff) logInfo('join-limit.off', { reason: 'there is no rate limiting binding' });
    hasSaidItIsOff = true;
    return true;
  }
  const address = clientAddress(request.headers);
  return address === undefined || (await limiter.limit({ key: address })).success;
}
