import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { METHOD_NAME_ALL } from 'hono/router';
import { PatternRouter } from 'hono/router/pattern-router';
import { NO_HOST } from './handlers/answer.ts';
import { clientBundle, clientModule } from './handlers/client.ts';
import { listRooms, match } from './handlers/findRooms.ts';
import { generateId } from './handlers/generateId.ts';
import { health } from './handlers/health.ts';
import { iceServers } from './handlers/iceServers.ts';
import { listPeers } from './handlers/listPeers.ts';
import { changeRoom, createRoom, describeRoom, takeSeat } from './handlers/managedRooms.ts';
import { metrics } from './handlers/metrics.ts';
import { socketEndpoint } from './handlers/openSocket.ts';
import {
  checkPageOrServerInfo,
  dashboardPage,
  demoPage,
  examplePage,
  examplesPage,
  pageAsset,
} from './handlers/page.ts';
import { asyncapiReference, openapiReference } from './handlers/references.ts';
import { reportLinks } from './handlers/reportLinks.ts';
import { Logger } from './log/Logger.ts';
import { mayLog } from './log/logRate.ts';
import { requestIdOf } from './log/requestId.ts';
import { TOP_PATHS, type TopPath } from './protocol/mount.ts';
import { withSingleSlashes } from './protocol/peerPathname.ts';
import type { Runtime } from './room/Runtime.ts';
import { readUrl } from './settings/readUrl.ts';
import { SettingsError } from './settings.ts';

/** The path of a request whose URL cannot be parsed, because its Host header is not a host. */
const NO_PATH = '';

/** The paths that no page of another origin may read, whatever ALLOWED_ORIGINS says. */
const FOR_OPERATORS = ['/metrics', '/dashboard'];

/** What handlers find in the context of a request. */
interface Requests<Bindings extends object> {
  readonly Bindings: Bindings;
  readonly Variables: { runtime: Runtime };
}

/** An endpoint: an answer to a request, on any runtime. */
type Handler = (context: Context, runtime: Runtime) => Response | Promise<Response>;

/** The handlers of the paths at the top, whatever path clients use. */
const AT_TOP: Readonly<Record<TopPath, Handler>> = {
  '/health': health,
  '/metrics': metrics,
  '/demo': demoPage,
  '/dashboard': dashboardPage,
  '/examples': examplesPage,
  '/examples/:name': examplePage,
  '/assets/:file': pageAsset,
  '/client.js': clientModule,
  '/client.bundle.js': clientBundle,
  '/openapi.yaml': openapiReference,
  '/asyncapi.yaml': asyncapiReference,
};

/**
 * Every route.
 *
 * @param runtimeOf gives the runtime of a request, and throws a `SettingsError` for a setting that
 *   is not valid.
 */
export function createRoutes<Bindings extends object>(
  runtimeOf: (context: Context<Requests<Bindings>>) => Runtime,
): Hono<Requests<Bindings>> {
  const app = new Hono<Requests<Bindings>>({
    // A client's path may have any depth, so this router must allow `{.+}` in the middle of a
    // route.
    router: new PatternRouter(),
    getPath: normalizedPathname,
  });
  const to =
    (handler: Handler): MiddlewareHandler<Requests<Bindings>> =>
    async (context) =>
      await handler(context, context.var.runtime);

  app.use(async (context, next) => {
    if (context.req.path === NO_PATH) {
      return context.json(NO_HOST, 400);
    }
    context.set('runtime', runtimeOf(context));
    return await next();
  });
  const allowOrigins = corsAsTheOfficialServer();
  app.use((context, next) =>
    FOR_OPERATORS.includes(context.req.path) ? next() : allowOrigins(context, next),
  );

  app.get('/', to(checkPageOrServerInfo));
  // Below any path of a client, and without one.
  const anywhere = (method: string, path: string, handler: Handler) =>
    app.on(method, [path, `/:path{.+}${path}`], to(handler));
  anywhere(METHOD_NAME_ALL, '/peerjs', socketEndpoint);
  anywhere('GET', '/:key/id', generateId);
  anywhere('GET', '/:key/peers', listPeers);
  anywhere('GET', '/:key/ice', iceServers);
  anywhere('POST', '/:key/links', reportLinks);
  anywhere('POST', '/:key/games/:game/rooms', createRoom);
  anywhere('GET', '/:key/games/:game/rooms', listRooms);
  anywhere('POST', '/:key/games/:game/match', match);
  anywhere('GET', '/:key/games/:game/rooms/:code', describeRoom);
  anywhere('PATCH', '/:key/games/:game/rooms/:code', changeRoom);
  anywhere('POST', '/:key/games/:game/rooms/:code/seats', takeSeat);

  for (const path of TOP_PATHS) app.get(path, to(AT_TOP[path]));

  app.notFound((context) => context.json({ error: 'Not found' }, 404));
  app.onError((error, context) => {
    const isMisconfigured = error instanceof SettingsError;
    const log = new Logger(isMisconfigured ? 'error' : context.var.runtime.settings.logLevel);
    if (mayLog()) {
      const requestId = requestIdOf(context.req.raw.headers);
      log.error('error', { requestId, message: error.message });
    }
    return context.json(
      { error: isMisconfigured ? 'The server is misconfigured: see its log' : 'Internal error' },
      500,
    );
  });
  return app;
}

/** Clients add slashes at either end of their path: no route sees more of them than it needs. */
function normalizedPathname(request: Request): string {
  const pathname = withSingleSlashes(readUrl(request.url)?.pathname ?? NO_PATH);
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}

/** The answer of the npm package `cors` with `origin: true`, as in the official server. */
function corsAsTheOfficialServer() {
  return cors({
    origin: (origin, context: Context<{ Variables: { runtime: Runtime } }>) =>
      context.var.runtime.settings.isAllowedOrigin(origin) ? origin : null,
    allowMethods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
  });
}
