import { configOf } from '../config.ts';
import { ADDRESS_RATE } from './addressRate.ts';
import { clientAddress } from './clientAddress.ts';
import { Logger, type LogLevel } from './logger.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

/** For the self-hosted mode: one process, so that it sees every request. */
const inMemory = new MemoryRateLimiter(ADDRESS_RATE);

/** What of the environment is needed: the binding, where there is one. */
interface Bindings {
  readonly ADDRESS_LIMITER?: {
    limit(options: { key: string }): Promise<{ success: boolean }>;
  };
}

let hasSaidItIsOff = false;

/**
 * Counts a request against the limit of its address, by the Workers rate limiting binding: a count
 * for each location, kept in memory there, so it costs no request and no wait.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * Self-hosted there is no such binding. There requests are counted in memory if TRUST_PROXY says
 * that a proxy tells the addresses; else they are not, since the address of the socket may well be
 * that of a proxy, and so of everybody.
 *
 * @param what is counted, by itself: joins, or requests for ICE servers.
 */
export async function isWithinAddressLimit(
  env: Bindings,
  request: Request,
  what: 'join' | 'ice',
): Promise<boolean> {
  const { trustedProxies, logLevel } = configOf(env);
  const limiter = env.ADDRESS_LIMITER;
  if (limiter === undefined && trustedProxies === 0) {
    sayOnceThatItIsOff(logLevel);
    return true;
  }
  const address = clientAddress(request, trustedProxies);
  if (address === undefined) return true;
  const key = `${what} ${address}`;
  if (limiter === undefined) return inMemory.limit(key, Date.now());
  return (await limiter.limit({ key })).success;
}

function sayOnceThatItIsOff(logLevel: LogLevel): void {
  if (!hasSaidItIsOff) {
    const reason = 'no rate limiting binding, and TRUST_PROXY is not set';
    new Logger(logLevel).info('address-limit.off', { reason });
  }
  hasSaidItIsOff = true;
}
