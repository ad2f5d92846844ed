import { type Config, configOf } from '../config.ts';
import { clientAddress, socketAddress } from './clientAddress.ts';
import { Logger, type LogLevel } from './logger.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

/**
 * Seconds in which joins and requests for ICE servers are counted, each by themselves. wrangler.jsonc
 * says the same to the rate limiting binding, with the default of JOINS_PER_MINUTE as its limit.
 */
export const ADDRESS_PERIOD = 60;

/** For the self-hosted mode: one process, so that it sees every request. */
const inMemory = new WeakMap<Config, MemoryRateLimiter>();

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
 * Self-hosted there is no such binding, and requests are counted in memory. Joins are counted there
 * only if TRUST_PROXY says that a proxy tells the addresses: else the address of the socket may well
 * be that of a proxy, and so of everybody. Requests for ICE servers, which may cost money, always are.
 *
 * @param what is counted, by itself: joins, or requests for ICE servers.
 */
export async function isWithinAddressLimit(
  env: Bindings,
  request: Request,
  what: 'join' | 'ice',
): Promise<boolean> {
  const config = configOf(env);
  const { trustedProxies, logLevel } = config;
  const limiter = env.ADDRESS_LIMITER;
  if (limiter === undefined && trustedProxies === 0 && what === 'join') {
    sayOnceThatItIsOff(logLevel);
    return true;
  }
  let address = clientAddress(request, trustedProxies);
  if (address === undefined && what === 'join') return true;
  address ??= socketAddress(request);
  const key = `${what} ${address}`;
  if (limiter === undefined) return limiterOf(config).limit(key, Date.now());
  return (await limiter.limit({ key })).success;
}

function limiterOf(config: Config): MemoryRateLimiter {
  let limiter = inMemory.get(config);
  if (limiter === undefined) {
    limiter = new MemoryRateLimiter({ limit: config.joinsPerMinute, period: ADDRESS_PERIOD });
    inMemory.set(config, limiter);
  }
  return limiter;
}

function sayOnceThatItIsOff(logLevel: LogLevel): void {
  if (!hasSaidItIsOff) {
    const reason = 'no rate limiting binding, and TRUST_PROXY is not set: joins are not limited';
    new Logger(logLevel).info('address-limit.off', { reason });
  }
  hasSaidItIsOff = true;
}
