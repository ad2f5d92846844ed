/**
 * The Worker as plain workerd serves it: src/index.ts, and what a self-hosted server needs beside it. It
 * knows which sockets are open, so that it can close them before it ends, and refuse newcomers while there
 * are file descriptors left for the connected peers.
 */
import { coordinators } from '../../../src/durable-objects/namespaces.ts';
import app, { GameRoomCoordinator as Coordinator } from '../../../src/index.ts';
import { Logger } from '../../../src/log/Logger.ts';
import { SERVICE_RESTART } from '../../../src/protocol/closeCodes.ts';
import { lacksSlash, withSlash } from '../../../src/protocol/mount.ts';
import { settingsOf } from '../../../src/settings.ts';
import { MAX_SOCKETS } from './bindings.ts';
import { incomingRequest } from './incoming.ts';
import { OpenSockets } from './OpenSockets.ts';

export { GameDirectory, MetricsCollector } from '../../../src/index.ts';

/** Milliseconds between two searches for silent peers, while no more sockets may be opened. */
const SILENCE_SWEEP_MS = 10_000;

const openSockets = new OpenSockets();
let isStopping = false;
let isFull = false;
let sweptAt = Number.NEGATIVE_INFINITY;

export class GameRoomCoordinator extends Coordinator {
  override async fetch(request: Request): Promise<Response> {
    const response = await super.fetch(request);
    if (response.status === 101) openSockets.add(this.#name);
    return response;
  }

  override webSocketClose(...event: Parameters<Coordinator['webSocketClose']>) {
    openSockets.remove(this.#name);
    return super.webSocketClose(...event);
  }

  override webSocketError(...event: Parameters<Coordinator['webSocketError']>) {
    openSockets.remove(this.#name);
    return super.webSocketError(...event);
  }

  /**
   * Closes every socket. With 1012 and not 1001: a client may echo the code, and 1001 would tell
   * the others that its page is gone.
   */
  closeAll(): void {
    for (const socket of this.ctx.getWebSockets()) socket.close(SERVICE_RESTART, 'restarting');
  }

  get #name(): string {
    return this.ctx.id.name ?? '';
  }
}

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
    const { mount } = settingsOf(env);
    const accept = request.headers.get('Accept') ?? undefined;
    if (lacksSlash(request.url, accept, mount)) return redirect(withSlash(mount));
    if (request.headers.has('Upgrade') && !hasRoom(env)) {
      context.waitUntil(endSilentPeers(env));
      return new Response('Try again later', { status: 503, headers: { Connection: 'close' } });
    }
    // A proxy asks like this to see whether the server is there (HAProxy's `httpchk`).
    if (request.method === 'OPTIONS' && !request.headers.has('Origin')) return new Response();
    return app.fetch(incomingRequest(request, mount), env, context);
  },
};

/** For the launcher alone, before it ends the process: closes all sockets, so that their peers reconnect. */
export const control = {
  async fetch(_request: Request, env: Env): Promise<Response> {
    isStopping = true;
    const { total } = openSockets;
    new Logger(settingsOf(env).logLevel).info('server.stopping', { sockets: total });
    await everywhere(env, (coordinator) => coordinator.closeAll());
    return Response.json({ sockets: total });
  },
};

/** The bindings are generated for the coordinator of src/, which is extended here. */
type Stub = DurableObjectStub<Coordinator> & { closeAll(): Promise<void> };

/** Asks every coordinator that holds sockets. One that fails has no sockets any more. */
async function everywhere(env: Env, ask: (coordinator: Stub) => Promise<void>): Promise<void> {
  await Promise.allSettled(
    openSockets.coordinators.map((name) => ask(coordinators(env).getByName(name) as Stub)),
  );
}

/** A client that vanished without a word leaves its socket behind, and workerd does not look for it. */
async function endSilentPeers(env: Env): Promise<void> {
  const now = Date.now();
  if (isStopping || now - sweptAt < SILENCE_SWEEP_MS) return;
  sweptAt = now;
  await everywhere(env, (coordinator) => coordinator.endSilentPeers());
}

/** Whether another peer may join. The log says so once each time that the limit is reached. */
function hasRoom(env: Env): boolean {
  const max = Number(Reflect.get(env, MAX_SOCKETS) || Number.POSITIVE_INFINITY);
  const wasFull = isFull;
  isFull = openSockets.total >= max;
  if (isFull && !wasFull)
    new Logger(settingsOf(env).logLevel).warn('server.full', { sockets: max });
  return !isStopping && !isFull;
}

function redirect(location: string): Response {
  return new Response(null, { status: 308, headers: { Location: location } });
}
