import { configOf } from '../config.ts';
import type { GameRoomCoordinator } from './GameRoomCoordinator.ts';

/**
 * Where coordinators are had by name: in the jurisdiction that the settings name, if any. Another
 * jurisdiction is another namespace: the same name is another coordinator there.
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export function coordinators(
  env: Pick<Env, 'COORDINATORS' | 'JURISDICTION'>,
): DurableObjectNamespace<GameRoomCoordinator> {
  const { jurisdiction } = configOf(env);
  if (jurisdiction === '') return env.COORDINATORS;
  try {
    return env.COORDINATORS.jurisdiction(jurisdiction);
  } catch (error) {
    // On one's own machine there is one place only, so that the setting changes nothing there.
    if (String(error).includes('not implemented in workerd')) return env.COORDINATORS;
    throw error;
  }
}
