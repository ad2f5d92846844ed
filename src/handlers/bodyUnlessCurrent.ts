import type { Context } from 'hono';

/**
 * Answers with a body, or with 304 if the client has this one. Not `hono/etag`: its 304 drops the headers
 * of CORS, which a page of another origin needs for the script of the kit.
 *
 * @param version changes with the body.
 */
export function bodyUnlessCurrent(
  context: Context,
  body: string,
  version: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const etag = `"${version}"`;
  const tagged = { ...headers, ETag: etag };
  // A proxy that compresses the body makes the tag a weak one.
  const isCurrent = context.req.header('If-None-Match')?.includes(etag) ?? false;
  return isCurrent ? context.body(null, 304, tagged) : context.body(body, 200, tagged);
}
