import type { Settings } from '../settings.ts';
import type { RequestHeaders } from './RequestHeaders.ts';

/** Whether a request comes from no page, or from one that ALLOWED_ORIGINS lets in. */
export function isFromAllowedOrigin(
  { isAllowedOrigin }: Pick<Settings, 'isAllowedOrigin'>,
  headers: RequestHeaders,
): boolean {
  const origin = headers.get('Origin');
  return origin === null || isAllowedOrigin(origin);
}
