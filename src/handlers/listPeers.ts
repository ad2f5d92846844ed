import type { Context } from 'hono';
import { authorize, tokenOf } from '../admission/authorize.ts';
import { GUESS_PERIOD } from '../admission/Guesses.ts';
import { guess } from '../admission/guessing.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { peerPathname } from '../protocol/peerPathname.ts';
import { refusalSentence } from '../protocol/refusals.ts';
import { roomRefusalSentence } from '../protocol/roomRefusals.ts';
import { managedPlace } from '../room/managedPath.ts';
import type { Runtime } from '../room/Runtime.ts';

/** `GET {path}/{key}/peers`: the ids of the peers connected there, where listing is on. */
export async function listPeers(context: Context, runtime: Runtime): Promise<Response> {
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) return context.json({ error: refusalSentence('invalid-path') }, 400);

  const { allowDiscovery } = runtime.settings;
  const isAllowed =
    allowDiscovery === 'all' || (allowDiscovery === 'rooms' && path.kind === 'room');
  if (!isAllowed) return context.text('Unauthorized', 401);
  const authorization = await authorize(runtime, path, tokenOf(context.req.raw));
  if (authorization === undefined) return context.text('Unauthorized', 401);
  const ids =
    managedPlace(path) === undefined
      ? await runtime.listPeers(path)
      : await guess(runtime, context.req.raw.headers, async () => {
          const value = await runtime.listPeers(path);
          return { value, isWrong: value.length === 0 };
        });
  if (ids === undefined) {
    context.header('Retry-After', String(GUESS_PERIOD));
    return context.json({ error: roomRefusalSentence('too-many-requests') }, 429);
  }
  return context.json(ids, 200, { 'Cache-Control': 'no-store' });
}
