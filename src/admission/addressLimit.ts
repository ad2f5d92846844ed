import { Logger, type LogLevel } from '../log/Logger.ts';
import type { Runtime } from '../room/Runtime.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import { clientAddress, socketAddress } from './clientAddress.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/**
 * The seconds in which the requests of each kind are counted. The rate limiting binding in
 * wrangler.jsonc has the same period, and the default of JOINS_PER_MINUTE as its limit.
 */
export const ADDRESS_PERIOD = 60;

/** The kinds of requests that are limited for each address. Each kind is counted separately. */
export type Limited = 'join' | 'ice' | 'link' | 'list' | 'room';

/** Kinds that are counted even if the address may be a proxy's: they may cost money, or spoil the numbers. */
const ALWAYS: readonly Limited[] = ['ice', 'link'];

/** Self-hosted, one process sees every request. */
const limiterOf = onePerSettings(
  ({ joinsPerMinute }) => new MemoryRateLimiter({ limit: joinsPerMinute, period: ADDRESS_PERIOD }),
);

let hasLoggedThatItIsOff = false;

/**
 * Counts a request against the limit of its address, with the Workers rate limiting binding. It
 * counts in the memory of each location, so it costs no request and no wait.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * A self-hosted server has no such binding and counts in memory. Without TRUST_PROXY it counts only the
 * kinds in `ALWAYS`: the address of the socket may be a proxy's, and so everybody's.
 */
export async function isWithinAddressLimit(
  { settings, addressLimiter, address }: Pick<Runtime, 'settings' | 'addressLimiter' | 'address'>,
  headers: RequestHeaders,
  what: Limited,
): Promise<boolean> {
  const { trustedProxies, logLevel } = settings;
  const isAlwaysCounted = ALWAYS.includes(what);
  if (addressLimiter === undefined && trustedProxies === 0 && !isAlwaysCounted) {
    logOnceThatItIsOff(logLevel);
    return true;
  }
  let client = clientAddress(address, headers, trustedProxies);
  if (client === undefined && !isAlwaysCounted) return true;
  client ??= socketAddress(address);
  const key = `${what} ${client}`;
  if (addressLimiter === undefined) return limiterOf(settings).limit(key, Date.now());
  return (await addressLimiter.limit({ key })).success;
}

function logOnceThatItIsOff(logLevel: LogLevel): void {
  if (!hasLoggedThatItIsOff) {
    // On Cloudflare the one, self-hosted the other.
    const reason = 'neither ADDRESS_LIMITER nor TRUST_PROXY is set: joins are not limited';
    new Logger(logLevel).info('address-limit.off', { reason });
  }
  hasLoggedThatItIsOff = true;
}
