import type { ListRequest } from '../protocol/findRequests.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import type { RoomPlace } from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import { type Settings, settingsOf } from '../settings.ts';

/** The namespace of the coordinators. */
export function coordinators(env: Pick<Env, 'COORDINATORS'>): Env['COORDINATORS'] {
  return inJurisdiction(env.COORDINATORS, env);
}

/**
 * Where to create the coordinators of a room or realm. An object stays for ever where it was first
 * used: a room is near its first player, and a realm, which outlives its players, is where the
 * settings say. https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export function placement(
  { kind }: PeerPath,
  { locationHint }: Settings,
): DurableObjectNamespaceGetDurableObjectOptions {
  return kind === 'realm' && locationHint !== '' ? { locationHint } : {};
}

/**
 * The methods of a `GameDirectory`, as its callers see them. They are declared by hand: on values that JSON
 * can hold, the types of RPC recurse without end.
 */
interface DirectoryStub {
  newCode(): Promise<string>;
  update(listing: Listing): Promise<void>;
  list(query: ListRequest): Promise<Listing[]>;
  match(query: MatchQuery): Promise<string>;
}

/** The directory of a game: in the same jurisdiction, since it is told the names of hosts. */
export function directoryOf(env: Pick<Env, 'DIRECTORIES'>, game: string): DirectoryStub {
  const stub: unknown = inJurisdiction(env.DIRECTORIES, env).getByName(game);
  return stub as DirectoryStub;
}

/** What a managed room says of itself to strangers. Undefined if there is no such room. */
export function listingOf(
  env: Pick<Env, 'COORDINATORS'>,
  place: RoomPlace,
): Promise<Listing | undefined> {
  // See `DirectoryStub`.
  const stub: unknown = coordinators(env).getByName(managedPath(place).name);
  return (stub as { listing(): Promise<Listing | undefined> }).listing();
}

/** The one collector: in the same jurisdiction, since it is told the names of rooms and peers. */
export function metricsCollector(env: Pick<Env, 'METRICS_COLLECTOR'>) {
  return inJurisdiction(env.METRICS_COLLECTOR, env).getByName('metrics');
}

/**
 * A namespace in the jurisdiction of the settings, if they name one. The same name is another
 * object in each jurisdiction:
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
function inJurisdiction<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  env: object,
): DurableObjectNamespace<T> {
  const { jurisdiction } = settingsOf(env);
  if (jurisdiction === '') return namespace;
  try {
    return namespace.jurisdiction(jurisdiction);
  } catch (error) {
    // A self-hosted server runs in one place, so the setting has no effect.
    if (String(error).includes('not implemented in workerd')) return namespace;
    throw error;
  }
}
