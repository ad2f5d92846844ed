import type { Context } from 'hono';

/**
 * `GET {path}/{key}/id`: an id that nobody has. PeerJS asks for one when it is given none. As in
 * the official server any key will do here; the WebSocket checks it.
 */
export function generateId(context: Context): Response {
  return context.text(crypto.randomUUID(), 200, { 'Cache-Control': 'no-store' });
}
