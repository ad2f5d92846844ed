/** The Worker: the routes, on Durable Objects. */
import { CloudflareRuntime } from './durable-objects/CloudflareRuntime.ts';
import { createRoutes } from './routes.ts';

export { GameDirectory } from './durable-objects/GameDirectory.ts';
export { GameRoomCoordinator } from './durable-objects/GameRoomCoordinator.ts';
export { MetricsCollector } from './durable-objects/MetricsCollector.ts';

export default createRoutes<Env>(
  ({ env, executionCtx, req }) => new CloudflareRuntime(env, executionCtx, req.raw),
);
