import type { Context } from 'hono';
import { admittedPath } from '../admission/admittedPath.ts';
import { CloudflareTurn } from '../ice/CloudflareTurn.ts';
import { coturnServer } from '../ice/coturn.ts';
import type { IceServer, IceServersAnswer } from '../ice/iceServer.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { reasonOf } from '../log/reasonOf.ts';
import type { Runtime } from '../room/Runtime.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import type { Settings } from '../settings.ts';
import { answer } from './answer.ts';

/** Seconds after which a client may ask again if it got no TURN server although there should be one. */
const DEGRADED_TTL = 60;

const cloudflareTurnOf = onePerSettings(({ turn, iceTtl: ttl, logLevel }) => {
  if (turn.kind !== 'cloudflare') return undefined;
  const log = new Logger(logLevel);
  return new CloudflareTurn({ ...turn, ttl }, fetch, (error) => {
    if (mayLog()) log.error('turn-unavailable', { message: reasonOf(error) });
  });
});

/**
 * `GET {path}/{key}/ice`: the STUN and TURN servers, ready for `config` of `new Peer`. A relay
 * costs money, so unlike `id` this requires all that a join requires.
 */
export function iceServers(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    await admittedPath(context, runtime, 'ice');
    return context.json(await iceServersFor(runtime.settings));
  });
}

/** The STUN and TURN servers for a client. */
export async function iceServersFor(settings: Settings): Promise<IceServersAnswer> {
  const { turn, iceTtl: ttl } = settings;
  const stun: IceServer = { urls: settings.stunUrls };
  switch (turn.kind) {
    case 'none':
      return { iceServers: [stun], ttl };
    case 'own': {
      const relay = await coturnServer(turn.urls, turn.secret, ttl, Date.now());
      return { iceServers: [stun, relay], ttl };
    }
    case 'cloudflare': {
      const servers = await cloudflareTurnOf(settings)?.servers(Date.now());
      return servers ?? { iceServers: [stun], ttl: DEGRADED_TTL, degraded: true };
    }
    default:
      return turn satisfies never;
  }
}
