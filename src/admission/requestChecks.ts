import type { Context } from 'hono';
import type { Runtime } from '../room/Runtime.ts';
import { isWithinAddressLimit, type Limited } from './addressLimit.ts';
import { isFromAllowedOrigin } from './allowedOrigin.ts';
import { refuse } from './Refused.ts';

/** Refuses a request with another key than the server's, or from a page that may not use it. */
export function checkKeyAndOrigin(context: Context, { settings }: Runtime): void {
  if (context.req.param('key') !== settings.key) refuse('invalid-key');
  if (!isFromAllowedOrigin(settings, context.req.raw.headers)) refuse('origin-not-allowed');
}

/** Refuses an address that has sent too many requests of this kind. */
export async function countRequest(
  context: Context,
  runtime: Runtime,
  what: Exclude<Limited, 'join'>,
): Promise<void> {
  const isWithin = await isWithinAddressLimit(runtime, context.req.raw.headers, what);
  if (!isWithin) refuse('too-many-requests');
}
