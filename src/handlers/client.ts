import type { Context } from 'hono';
import { bundle, plain } from '../../build/web/client.js';

/** `GET /client.js`: the client kit, for pages that bring PeerJS themselves. */
export function clientModule(context: Context): Response {
  return script(context, plain);
}

/** `GET /client.bundle.js`: the client kit with PeerJS in it. */
export function clientBundle(context: Context): Response {
  return script(context, bundle);
}

function script(context: Context, { body, hash }: typeof plain): Response {
  const etag = `"${hash}"`;
  const headers = {
    'Content-Type': 'text/javascript; charset=utf-8',
    // Checked at each visit: the name stays when the server has a new version.
    'Cache-Control': 'no-cache',
    // The page of a game is elsewhere, and may be isolated from other origins.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
    ETag: etag,
  };
  // A proxy that compresses the script makes the tag a weak one.
  if (context.req.header('If-None-Match')?.includes(etag)) return context.body(null, 304, headers);
  return context.body(body, 200, headers);
}
