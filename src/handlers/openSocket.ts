import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { coordinators, placement } from '../durable-objects/namespaces.ts';
import { isWithinAddressLimit } from '../lib/addressLimit.ts';
import { Logger } from '../lib/logger.ts';
import type { WaitUntil } from '../lib/PublishedKeys.ts';
import { requestIdOf } from '../lib/requestId.ts';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from '../protocol/closeCodes.ts';
import { isValidId, isValidToken } from '../protocol/names.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import {
  type ErrorReason,
  isErrorReason,
  isRefusalReason,
  type RefusalReason,
  refusalFrame,
} from '../protocol/refusals.ts';
import { type SocketParameters, socketParameters } from '../protocol/socketParameters.ts';
import { claimRequest } from '../room/claim.ts';
import { coordinatorFor } from '../room/coordinatorFor.ts';
import { authorize, waitUntilOf } from './authorize.ts';
import { mayLog } from './logRate.ts';
import { peerPathname } from './peerPathname.ts';
import { countInWorker } from './workerMetrics.ts';

/**
 * `{path}/peerjs?key&id&token`: a peer's WebSocket. What can be refused without knowing who else is
 * there is refused here, before a coordinator is touched; the rest is for the coordinator to say.
 */
export async function openSocket(context: Context<{ Bindings: Env }>): Promise<Response> {
  const { env, req } = context;
  const request = req.raw;
  if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    return context.json({ error: 'This is a WebSocket endpoint: send an Upgrade header' }, 426, {
      Upgrade: 'websocket',
    });
  }

  const url = new URL(request.url);
  const applicant: Applicant = {
    parameters: socketParameters(url),
    path: parsePeerPath(peerPathname(url.pathname, 1)),
    requestId: requestIdOf(request),
  };
  const answer = (socket: WebSocket) => upgraded(request, socket);
  try {
    const admission = await admit(env, request, applicant, waitUntilOf(context));
    if (typeof admission !== 'string') return answer(admission);
    countInWorker(env, context.executionCtx, admission);
    if (mayLog()) logFor(env, applicant).warn('peer.refused', { reason: admission });
    // A school or an office has one address: whoever is over its limit did nothing wrong.
    return answer(isErrorReason(admission) ? refused(admission) : closedAtOnce());
  } catch (error) {
    countInWorker(env, context.executionCtx, 'failure');
    if (mayLog()) logFor(env, applicant).error('error', { message: String(error) });
    return answer(closedAtOnce());
  }
}

/**
 * The answer to an upgrade. Of the subprotocols that a client offers it names the first, as the
 * official server does: a browser fails the connection if none is named (RFC 6455, section 4.1).
 */
function upgraded(request: Request, webSocket: WebSocket): Response {
  const [protocol = ''] = request.headers.get('Sec-WebSocket-Protocol')?.split(',') ?? [];
  const headers: HeadersInit =
    protocol.trim() === '' ? {} : { 'Sec-WebSocket-Protocol': protocol.trim() };
  return new Response(null, { status: 101, webSocket, headers });
}

/** Who wants to connect, and where. */
interface Applicant {
  readonly parameters: SocketParameters;
  /** Undefined where it is not valid. */
  readonly path: PeerPath | undefined;
  readonly requestId: string;
}

/** @returns the peer's socket, or why the peer is turned away. */
async function admit(
  env: Env,
  request: Request,
  { parameters, path, requestId }: Applicant,
  waitUntil: WaitUntil,
): Promise<WebSocket | RefusalReason> {
  const config = configOf(env);
  const { key, id, token } = parameters;
  if (id === '' || token === '' || key === '') return 'missing-parameters';
  if (key !== config.key) return 'invalid-key';
  if (!isValidId(id)) return 'invalid-id';
  if (!isValidToken(token)) return 'invalid-token';
  if (path === undefined) return 'invalid-path';
  const origin = request.headers.get('Origin');
  if (origin !== null && !config.isAllowedOrigin(origin)) return 'origin-not-allowed';

  if (!(await isWithinAddressLimit(env, request, 'join'))) return 'too-many-connections';
  const authorization = await authorize(config, path, token, waitUntil);
  if (authorization === undefined) return 'invalid-token';
  const { subject } = authorization;
  if (subject !== undefined && subject !== id) return 'invalid-token';

  const claim = { id, token, isOwner: subject !== undefined, requestId };
  const name = coordinatorFor(path, id, config);
  const coordinator = coordinators(env).getByName(name, placement(path, config));
  const response = await coordinator.fetch(claimRequest(claim, request));
  if (response.webSocket !== null) return response.webSocket;
  const reason = await response.text();
  if (!isRefusalReason(reason)) throw new Error(`the coordinator answered ${response.status}`);
  return reason;
}

function logFor(env: Env, { parameters: { id }, path, requestId }: Applicant): Logger {
  return new Logger(configOf(env).logLevel, {
    room: path?.name,
    // One that is not valid may be of any length and hold anything.
    peer: isValidId(id) ? id : undefined,
    requestId,
  });
}

/** A browser cannot see the status of a failed upgrade, so a refusal is a frame on an open socket. */
function refused(reason: ErrorReason): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(refusalFrame(reason));
  server.close(POLICY_VIOLATION, reason);
  return client;
}

/** For what passes by itself. No ERROR: at that PeerJS destroys a peer that could come back. */
function closedAtOnce(): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(TRY_AGAIN_LATER, 'try again later');
  return client;
}
