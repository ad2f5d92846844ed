import type { PeerPath } from '../protocol/peerPath.ts';
import { type Settings, settingsOf } from '../settings.ts';

/** Where coordinators are had by name. */
export function coordinators(env: Pick<Env, 'COORDINATORS' | 'JURISDICTION'>): Env['COORDINATORS'] {
  return inJurisdiction(env.COORDINATORS, env);
}

/**
 * Near where the coordinators of a place shall be made. An object stays where it was first used, for
 * ever: a room is near its first player, and a realm, which outlives its players, where the settings
 * say. https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export function placement(
  { kind }: PeerPath,
  { locationHint }: Settings,
): DurableObjectNamespaceGetDurableObjectOptions {
  return kind === 'realm' && locationHint !== '' ? { locationHint } : {};
}

/** The one collector: in the same jurisdiction, since it is told the names of rooms and peers. */
export function metricsCollector(env: Pick<Env, 'METRICS_COLLECTOR' | 'JURISDICTION'>) {
  return inJurisdiction(env.METRICS_COLLECTOR, env).getByName('metrics');
}

/**
 * The part of a namespace that is in the jurisdiction of the settings, if these name one. The same
 * name is another object in each: https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
function inJurisdiction<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  env: Pick<Env, 'JURISDICTION'>,
): DurableObjectNamespace<T> {
  const { jurisdiction } = settingsOf(env);
  if (jurisdiction === '') return namespace;
  try {
    return namespace.jurisdiction(jurisdiction);
  } catch (error) {
    // On one's own machine there is one place only, so that the setting changes nothing there.
    if (String(error).includes('not implemented in workerd')) return namespace;
    throw error;
  }
}
