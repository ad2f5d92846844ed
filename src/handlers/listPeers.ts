import type { Context } from 'hono';
import { pathOf } from '../admission/admittedPath.ts';
import { authorize, tokenOf } from '../admission/authorize.ts';
import { guess } from '../admission/guessing.ts';
import { refuse } from '../admission/Refused.ts';
import { mayBeManaged } from '../room/managedPath.ts';
import type { Runtime } from '../room/Runtime.ts';
import { answer } from './answer.ts';

/** `GET {path}/{key}/peers`: the ids of the peers connected there, where listing is on. */
export function listPeers(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const path = pathOf(context);
    const { allowDiscovery } = runtime.settings;
    const isAllowed =
      allowDiscovery === 'all' || (allowDiscovery === 'rooms' && path.kind === 'room');
    // In the words of the official server.
    if (!isAllowed) return context.text('Unauthorized', 401);
    const authorization = await authorize(runtime, path, tokenOf(context.req.raw));
    if (authorization === undefined) return context.text('Unauthorized', 401);
    const ids = mayBeManaged(path)
      ? await guess(runtime, context.req.raw.headers, async () => {
          const value = await runtime.listPeers(path);
          return { value, isWrong: value.length === 0 };
        })
      : await runtime.listPeers(path);
    return ids === undefined ? refuse('too-many-requests') : context.json(ids);
  });
}
