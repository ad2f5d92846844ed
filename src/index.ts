import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { PatternRouter } from 'hono/router/pattern-router';
import { ConfigError, configOf } from './config.ts';
import { generateId } from './handlers/generateId.ts';
import { health } from './handlers/health.ts';
import { iceServers } from './handlers/iceServers.ts';
import { listPeers } from './handlers/listPeers.ts';
import { mayLog } from './handlers/logRate.ts';
import { metrics } from './handlers/metrics.ts';
import { openSocket } from './handlers/openSocket.ts';
import { checkPageOrServerInfo, dashboardPage, demoPage, pageAsset } from './handlers/page.ts';
import { asyncapiReference, openapiReference } from './handlers/references.ts';
import { Logger } from './lib/logger.ts';
import { requestIdOf } from './lib/requestId.ts';

export { GameRoomCoordinator } from './durable-objects/GameRoomCoordinator.ts';
export { MetricsCollector } from './durable-objects/MetricsCollector.ts';

/** For a request whose Host header is no host, so that its URL cannot be read. */
const NO_PATH = '';

/** What no page of another origin has to read, whichever are allowed to connect. */
const FOR_OPERATORS = ['/metrics', '/dashboard'];

const app = new Hono<{ Bindings: Env }>({
  // A path option may be of any depth: `{.+}` in the middle of a route is what this router is for.
  router: new PatternRouter(),
  getPath: normalizedPathname,
});

app.use(async (context, next) => {
  if (context.req.path === NO_PATH) {
    return context.json({ error: 'The Host header does not name a host' }, 400);
  }
  configOf(context.env);
  return await next();
});
const allowOrigins = corsAsTheOfficialServer();
app.use((context, next) =>
  FOR_OPERATORS.includes(context.req.path) ? next() : allowOrigins(context, next),
);

app.get('/', checkPageOrServerInfo);
app.all('/peerjs', openSocket);
app.all('/:path{.+}/peerjs', openSocket);
app.get('/:key/id', generateId);
app.get('/:path{.+}/:key/id', generateId);
app.get('/:key/peers', listPeers);
app.get('/:path{.+}/:key/peers', listPeers);
app.get('/:key/ice', iceServers);
app.get('/:path{.+}/:key/ice', iceServers);
app.get('/health', health);
app.get('/metrics', metrics);
app.get('/demo', demoPage);
app.get('/dashboard', dashboardPage);
app.get('/assets/:file', pageAsset);
app.get('/openapi.yaml', openapiReference);
app.get('/asyncapi.yaml', asyncapiReference);

app.notFound((context) => context.json({ error: 'Not found' }, 404));
app.onError((error, context) => {
  const isMisconfigured = error instanceof ConfigError;
  const log = new Logger(isMisconfigured ? 'error' : configOf(context.env).logLevel);
  if (mayLog()) {
    log.error('error', { requestId: requestIdOf(context.req.raw), message: error.message });
  }
  return context.json(
    { error: isMisconfigured ? 'The server is misconfigured: see its log' : 'Internal error' },
    500,
  );
});

export default app;

/** Clients add slashes at either end of their path, so slashes at the end and double ones are nothing. */
function normalizedPathname(request: Request): string {
  const pathname = URL.parse(request.url)?.pathname.replace(/\/{2,}/g, '/') ?? NO_PATH;
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}

/** What the npm package `cors` answers with `origin: true`, the official server's setting. */
function corsAsTheOfficialServer() {
  return cors({
    origin: (origin, context: Context<{ Bindings: Env }>) =>
      configOf(context.env).isAllowedOrigin(origin) ? origin : null,
    allowMethods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
  });
}
