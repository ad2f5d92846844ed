import type { Rate } from './MemoryRateLimiter.ts';

/** Joins from one address, and requests for ICE servers by themselves. wrangler.jsonc says the same to the rate limiting binding. */
export const ADDRESS_RATE: Rate = { limit: 120, period: 60 };
