import { Logger, type LogLevel } from '../log/Logger.ts';
import type { Runtime } from '../room/Runtime.ts';
import type { Settings } from '../settings.ts';
import { clientAddress, socketAddress } from './clientAddress.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/**
 * Seconds in which joins and requests for ICE servers are counted, each by themselves. wrangler.jsonc
 * says the same to the rate limiting binding, with the default of JOINS_PER_MINUTE as its limit.
 */
export const ADDRESS_PERIOD = 60;

/** For the self-hosted mode: one process, so that it sees every request. */
const inMemory = new WeakMap<Settings, MemoryRateLimiter>();

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
  { settings, addressLimiter, address }: Pick<Runtime, 'settings' | 'addressLimiter' | 'address'>,
  headers: RequestHeaders,
  what: 'join' | 'ice',
): Promise<boolean> {
  const { trustedProxies, logLevel } = settings;
  if (addressLimiter === undefined && trustedProxies === 0 && what === 'join') {
    sayOnceThatItIsOff(logLevel);
    return true;
  }
  let client = clientAddress(address, headers, trustedProxies);
  if (client === undefined && what === 'join') return true;
  client ??= socketAddress(address);
  const key = `${what} ${client}`;
  if (addressLimiter === undefined) return limiterOf(settings).limit(key, Date.now());
  return (await addressLimiter.limit({ key })).success;
}

function limiterOf(settings: Settings): MemoryRateLimiter {
  let limiter = inMemory.get(settings);
  if (limiter === undefined) {
    limiter = new MemoryRateLimiter({ limit: settings.joinsPerMinute, period: ADDRESS_PERIOD });
    inMemory.set(settings, limiter);
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
