import { configOf } from '../config.ts';
import { clientAddress } from './clientAddress.ts';
import { JOIN_RATE } from './joinRate.ts';
import { Logger, type LogLevel } from './logger.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

/** For the self-hosted mode: one process, so that it sees every join. */
const inMemory = new MemoryRateLimiter(JOIN_RATE);

let hasSaidItIsOff = false;

/**
 * Counts a join against the limit of its address, by the Workers rate limiting binding: a count for
 * each location, kept in memory there, so it costs no request and no wait.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * Self-hosted there is no such binding. There joins are counted in memory if TRUST_PROXY says that a
 * proxy tells the addresses; else they are not, since the address of the socket may well be that of
 * a proxy, and so of everybody.
 */
export async function mayJoin(env: Env, request: Request): Promise<boolean> {
  const { trustedProxies, logLevel } = configOf(env);
  const limiter: RateLimit | undefined = env.JOIN_LIMITER;
  if (limiter === undefined && trustedProxies === 0) {
    sayOnceThatItIsOff(logLevel);
    return true;
  }
  const address = clientAddress(request, trustedProxies);
  if (address === undefined) return true;
  if (limiter === undefined) return inMemory.limit(address, Date.now());
  return (await limiter.limit({ key: address })).success;
}

function sayOnceThatItIsOff(logLevel: LogLevel): void {
  if (!hasSaidItIsOff) {
    const reason = 'no rate limiting binding, and TRUST_PROXY is not set';
    new Logger(logLevel).info('join-limit.off', { reason });
  }
  hasSaidItIsOff = true;
}
