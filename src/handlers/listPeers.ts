import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { coordinators, placement } from '../durable-objects/namespaces.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { refusalSentence } from '../protocol/refusals.ts';
import { coordinatorsOf } from '../room/coordinatorFor.ts';
import { authorize, tokenOf, waitUntilOf } from './authorize.ts';
import { peerPathname } from './peerPathname.ts';

/** `GET {path}/{key}/peers`: the ids of the peers connected there, where listing is on. */
export async function listPeers(context: Context<{ Bindings: Env }>): Promise<Response> {
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) return context.json({ error: refusalSentence('invalid-path') }, 400);

  const config = configOf(context.env);
  const { allowDiscovery } = config;
  const isAllowed =
    allowDiscovery === 'all' || (allowDiscovery === 'rooms' && path.kind === 'room');
  if (!isAllowed) return context.text('Unauthorized', 401);
  const authorization = await authorize(
    config,
    path,
    tokenOf(context.req.raw),
    waitUntilOf(context),
  );
  if (authorization === undefined) return context.text('Unauthorized', 401);

  const namespace = coordinators(context.env);
  const where = placement(path, config);
  const lists = await Promise.all(
    coordinatorsOf(path, config).map((name) => namespace.getByName(name, where).listPeers()),
  );
  return context.json(lists.flat(), 200, { 'Cache-Control': 'no-store' });
}
