import type { Context } from 'hono';
import { ADDRESS_PERIOD, isWithinAddressLimit } from '../admission/addressLimit.ts';
import { authorize, tokenOf } from '../admission/authorize.ts';
import { CloudflareTurn, type TurnKey } from '../ice/CloudflareTurn.ts';
import { coturnServer } from '../ice/coturn.ts';
import type { IceServer, IceServersAnswer } from '../ice/iceServer.ts';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { peerPathname } from '../protocol/peerPathname.ts';
import { type RefusalReason, refusalSentence } from '../protocol/refusals.ts';
import type { Runtime } from '../room/Runtime.ts';
import type { Settings } from '../settings.ts';

/** Seconds after which a client may ask again if it got no relay although there should be one. */
const DEGRADED_TTL = 60;

/**
 * `GET {path}/{key}/ice`: the STUN and TURN servers, ready for `config` of `new Peer`. A relay
 * costs money, so unlike `id` this requires all that a join requires.
 */
export async function iceServers(context: Context, runtime: Runtime): Promise<Response> {
  const { settings } = runtime;
  const { headers } = context.req.raw;
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) return refuse(context, 400, 'invalid-path');
  if (context.req.param('key') !== settings.key) return refuse(context, 401, 'invalid-key');
  const origin = headers.get('Origin');
  if (origin !== null && !settings.isAllowedOrigin(origin)) {
    return refuse(context, 403, 'origin-not-allowed');
  }
  if (!(await isWithinAddressLimit(runtime, headers, 'ice'))) {
    context.header('Retry-After', String(ADDRESS_PERIOD));
    return refuse(context, 429, 'too-many-connections');
  }
  const authorization = await authorize(runtime, path, tokenOf(context.req.raw));
  if (authorization === undefined) return refuse(context, 401, 'invalid-token');
  return context.json(await iceServersFor(settings), 200, { 'Cache-Control': 'no-store' });
}

function refuse(context: Context, status: 400 | 401 | 403 | 429, reason: RefusalReason): Response {
  return context.json({ error: refusalSentence(reason) }, status);
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
      const answer = await cloudflareTurn(settings, { ...turn, ttl }).servers(Date.now());
      return answer ?? { iceServers: [stun], ttl: DEGRADED_TTL, degraded: true };
    }
    default:
      return turn satisfies never;
  }
}

/**
 * One for each instance and configuration: a secret may change while an instance lives.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/#making-changes-to-bindings
 */
const cloudflareTurns = new WeakMap<Settings, CloudflareTurn>();

function cloudflareTurn(settings: Settings, key: TurnKey): CloudflareTurn {
  let turn = cloudflareTurns.get(settings);
  if (turn === undefined) {
    const log = new Logger(settings.logLevel);
    turn = new CloudflareTurn(key, fetch, (error) => {
      if (mayLog()) log.error('turn-unavailable', { message: String(error) });
    });
    cloudflareTurns.set(settings, turn);
  }
  return turn;
}
