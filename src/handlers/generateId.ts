import type { Context } from 'hono';

/**
 * `GET {path}/{key}/id`: a new id. PeerJS asks for one if the page gives it none. As in the
 * official server, any key is accepted here; the WebSocket checks it.
 */
export function generateId(context: Context): Response {
  return context.text(crypto.randomUUID(), 200, { 'Cache-Control': 'no-store' });
}
