import type { Rate } from './MemoryRateLimiter.ts';

/** Joins from one address. wrangler.jsonc says the same to the rate limiting binding. */
export const JOIN_RATE: Rate = { limit: 120, period: 60 };
