import type { Context } from 'hono';
import { configOf } from '../config.ts';
import { coordinators } from '../durable-objects/coordinators.ts';
import { mayJoin } from '../lib/joinLimit.ts';
import { logError } from '../lib/logger.ts';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from '../protocol/closeCodes.ts';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { isRefusalReason, type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import { socketParameters } from '../protocol/socketParameters.ts';
import { isValidName, isValidToken } from '../protocol/validator.ts';
import { claimRequest } from '../room/claim.ts';
import { coordinatorFor } from '../room/coordinatorFor.ts';
import { authorize } from './authorize.ts';
import { peerPathname } from './peerPathname.ts';

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

  const config = configOf(env);
  const url = new URL(request.url);
  const { key, id, token } = socketParameters(url);
  if (id === '' || token === '' || key === '') return refuse('missing-parameters');
  if (key !== config.key) return refuse('invalid-key');
  if (!isValidName(id)) return refuse('invalid-id');
  if (!isValidToken(token)) return refuse('invalid-token');
  const path = parsePeerPath(peerPathname(url.pathname, 1));
  if (path === undefined) return refuse('invalid-path');
  const origin = request.headers.get('Origin');
  if (origin !== null && !config.isAllowedOrigin(origin)) return refuse('origin-not-allowed');

  try {
    if (!(await mayJoin(env, request))) return refuse('too-many-connections');
    const authorization = await authorize(config, path, token);
    if (authorization === undefined) return refuse('invalid-token');
    const { subject } = authorization;
    if (subject !== undefined && subject !== id) return refuse('invalid-token');

    const claim = { id, token, isOwner: subject !== undefined };
    const coordinator = coordinators(env).getByName(coordinatorFor(path, id, config));
    const response = await coordinator.fetch(claimRequest(claim, request));
    if (response.status === 101) return response;
    const reason = await response.text();
    if (!isRefusalReason(reason)) throw new Error(`the coordinator answered ${response.status}`);
    return refuse(reason);
  } catch (error) {
    logError('error', { path: path.name, peer: id, message: String(error) });
    return closeAtOnce();
  }
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
