import type { Context } from 'hono';
import { bundle, plain } from '../../build/web/client.js';
import { bodyUnlessCurrent } from './bodyUnlessCurrent.ts';

/** `GET /client.js`: the client kit, for pages that bring PeerJS themselves. */
export function clientModule(context: Context): Response {
  return script(context, plain);
}

/** `GET /client.bundle.js`: the client kit with PeerJS in it. */
export function clientBundle(context: Context): Response {
  return script(context, bundle);
}

function script(context: Context, { body, hash }: typeof plain): Response {
  return bodyUnlessCurrent(context, body, hash, {
    'Content-Type': 'text/javascript; charset=utf-8',
    // Checked at each visit: the name stays when the server has a new version.
    'Cache-Control': 'no-cache',
    // The page of a game is elsewhere, and may be isolated from other origins.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  });
}
