import { configOf } from '../config.ts';
import { clientAddress } from './clientAddress.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

/** As wrangler.jsonc has it for the binding. */
export const JOIN_RATE = { limit: 120, period: 60 };

/** For the self-hosted mode: one process, so that it sees every join. */
const inMemory = new MemoryRateLimiter(JOIN_RATE);

/**
 * Counts a join against the limit of its address, by the Workers rate limiting binding: a count for
 * each location, kept in memory there, so it costs no request and no wait.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * Where the address is unknown nothing can be counted.
 */
export async function mayJoin(env: Env, request: Request): Promise<boolean> {
  const address = clientAddress(request, configOf(env).trustedProxies);
  if (address === undefined) return true;
  const limiter: RateLimit | undefined = env.JOIN_LIMITER;
  if (limiter === undefined) return inMemory.limit(address, Date.now());
  return (await limiter.limit({ key: address })).success;
}
