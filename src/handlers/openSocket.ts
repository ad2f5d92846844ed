import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { coordinators } from '../durable-objects/namespaces.ts';
import { isWithinAddressLimit } from '../lib/addressLimit.ts';
import { Logger } from '../lib/logger.ts';
import { requestIdOf } from '../lib/requestId.ts';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from '../protocol/closeCodes.ts';
import { type PeerPath, parsePeerPath } from '../protocol/peerPath.ts';
import { isRefusalReason, type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import { type SocketParameters, socketParameters } from '../protocol/socketParameters.ts';
import { isValidName, isValidToken } from '../protocol/validator.ts';
import { claimRequest } from '../room/claim.ts';
import { coordinatorFor } from '../room/coordinatorFor.ts';
import { authorize } from './authorize.ts';
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
  try {
    const admission = await admit(env, request, applicant);
    if (admission instanceof Response) return admission;
    countInWorker(env, context.executionCtx, admission);
    logFor(env, applicant).warn('peer.refused', { reason: admission });
    return refuse(admission);
  } catch (error) {
    countInWorker(env, context.executionCtx, 'failure');
    logFor(env, applicant).error('error', { message: String(error) });
    return closeAtOnce();
  }
}

/** Who wants to connect, and where. */
interface Applicant {
  readonly parameters: SocketParameters;
  /** Undefined where it is not valid. */
  readonly path: PeerPath | undefined;
  readonly requestId: string;
}

/** @returns the answer that carries the peer's socket, or why the peer is turned away. */
async function admit(
  env: Env,
  request: Request,
  { parameters, path, requestId }: Applicant,
): Promise<Response | RefusalReason> {
  const config = configOf(env);
  const { key, id, token } = parameters;
  if (id === '' || token === '' || key === '') return 'missing-parameters';
  if (key !== config.key) return 'invalid-key';
  if (!isValidName(id)) return 'invalid-id';
  if (!isValidToken(token)) return 'invalid-token';
  if (path === undefined) return 'invalid-path';
  const origin = request.headers.get('Origin');
  if (origin !== null && !config.isAllowedOrigin(origin)) return 'origin-not-allowed';

  if (!(await isWithinAddressLimit(env, request, 'join'))) return 'too-many-connections';
  const authorization = await authorize(config, path, token);
  if (authorization === undefined) return 'invalid-token';
  const { subject } = authorization;
  if (subject !== undefined && subject !== id) return 'invalid-token';

  const claim = { id, token, isOwner: subject !== undefined, requestId };
  const coordinator = coordinators(env).getByName(coordinatorFor(path, id, config));
  const response = await coordinator.fetch(claimRequest(claim, request));
  if (response.status === 101) return response;
  const reason = await response.text();
  if (!isRefusalReason(reason)) throw new Error(`the coordinator answered ${response.status}`);
  return reason;
}

function logFor(env: Env, { parameters: { id }, path, requestId }: Applicant): Logger {
  return new Logger(configOf(env).logLevel, {
    room: path?.name,
    // One that is not valid may be of any length and hold anything.
    peer: isValidName(id) ? id : undefined,
    requestId,
  });
}

/** A browser cannot see the status of a failed upgrade, so a refusal is a frame on an open socket. */
function refuse(reason: RefusalReason): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(refusalFrame(reason));
  server.close(POLICY_VIOLATION, reason);
  return new Response(null, { status: 101, webSocket: client });
}

/** For a passing failure of ours. No ERROR: at that PeerJS destroys a peer that could come back. */
function closeAtOnce(): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(TRY_AGAIN_LATER, 'try again later');
  return new Response(null, { status: 101, webSocket: client });
}
