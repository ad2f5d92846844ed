import type { Context } from 'hono';
import { type Config, configOf } from '../config.ts';
import { CloudflareTurn, type TurnKey } from '../ice/CloudflareTurn.ts';
import { coturnServer } from '../ice/coturn.ts';
import type { IceServer, IceServersAnswer } from '../ice/iceServer.ts';
import { ADDRESS_PERIOD, isWithinAddressLimit } from '../lib/addressLimit.ts';
import { Logger } from '../lib/logger.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { type RefusalReason, refusalSentence } from '../protocol/refusals.ts';
import { authorize, tokenOf, waitUntilOf } from './authorize.ts';
import { mayLog } from './logRate.ts';
import { peerPathname } from './peerPathname.ts';

/** Seconds after which a client that got no relay, though there should be one, may ask again. */
const DEGRADED_TTL = 60;

/**
 * `GET {path}/{key}/ice`: the servers with which peers find a way to each other, ready for `config`
 * of `new Peer`. A relay costs whoever runs it, so unlike `id` this asks for all that a join does.
 */
export async function iceServers(context: Context<{ Bindings: object }>): Promise<Response> {
  const config = configOf(context.env);
  const path = parsePeerPath(peerPathname(new URL(context.req.url).pathname, 2));
  if (path === undefined) return refuse(context, 400, 'invalid-path');
  if (context.req.param('key') !== config.key) return refuse(context, 401, 'invalid-key');
  const origin = context.req.header('Origin');
  if (origin !== undefined && !config.isAllowedOrigin(origin)) {
    return refuse(context, 403, 'origin-not-allowed');
  }
  if (!(await isWithinAddressLimit(context.env, context.req.raw, 'ice'))) {
    context.header('Retry-After', String(ADDRESS_PERIOD));
    return refuse(context, 429, 'too-many-connections');
  }
  const authorization = await authorize(
    config,
    path,
    tokenOf(context.req.raw),
    waitUntilOf(context),
  );
  if (authorization === undefined) return refuse(context, 401, 'invalid-token');
  return context.json(await answerFor(config), 200, { 'Cache-Control': 'no-store' });
}

function refuse(context: Context, status: 400 | 401 | 403 | 429, reason: RefusalReason): Response {
  return context.json({ error: refusalSentence(reason) }, status);
}

async function answerFor(config: Config): Promise<IceServersAnswer> {
  const { turn, iceTtl: ttl } = config;
  const stun: IceServer = { urls: config.stunUrls };
  switch (turn.kind) {
    case 'none':
      return { iceServers: [stun], ttl };
    case 'own': {
      const relay = await coturnServer(turn.urls, turn.secret, ttl, Date.now());
      return { iceServers: [stun, relay], ttl };
    }
    case 'cloudflare': {
      const answer = await cloudflareTurn(config, { ...turn, ttl }).servers(Date.now());
      return answer ?? { iceServers: [stun], ttl: DEGRADED_TTL, degraded: true };
    }
    default:
      return turn satisfies never;
  }
}

/**
 * One for each instance and configuration: an instance may live on when a secret is changed.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/#making-changes-to-bindings
 */
const cloudflareTurns = new WeakMap<Config, CloudflareTurn>();

function cloudflareTurn(config: Config, key: TurnKey): CloudflareTurn {
  let turn = cloudflareTurns.get(config);
  if (turn === undefined) {
    const log = new Logger(config.logLevel);
    turn = new CloudflareTurn(key, fetch, (error) => {
      if (mayLog()) log.error('turn-unavailable', { message: String(error) });
    });
    cloudflareTurns.set(config, turn);
  }
  return turn;
}
