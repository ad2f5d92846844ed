import type { Context } from 'hono';
import { admittedPath } from '../admission/admittedPath.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { requestIdOf } from '../log/requestId.ts';
import { linkOrigin } from '../metrics/linkOrigin.ts';
import { readLinkReports } from '../protocol/linkReports.ts';
import type { Runtime } from '../room/Runtime.ts';
import { answer } from './answer.ts';
import { readBody } from './requestBody.ts';

/**
 * `POST {path}/{key}/links`: how a player's attempts to connect to others ended. They are counted, and
 * no room is asked: a report must not wake one.
 */
export function reportLinks(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const { settings } = runtime;
    if (!settings.takesLinkReports) {
      return context.json({ error: 'Links are not counted: LINK_REPORTS or METRICS is off' }, 404);
    }
    const path = await admittedPath(context, runtime, 'link');
    const links = readLinkReports(await readBody(context.req.raw));
    const from = linkOrigin(runtime.network);
    runtime.countLinks(from, links);
    const requestId = requestIdOf(context.req.raw.headers);
    const log = new Logger(settings.logLevel, { room: path.name, requestId });
    for (const link of links) {
      if (link.connected || !mayLog()) continue;
      const { to, reason, ms } = link;
      log.info('link.failed', { to, reason, ms, ...from });
    }
    return context.body(null, 204);
  });
}
