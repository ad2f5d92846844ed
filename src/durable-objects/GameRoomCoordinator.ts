import { DurableObject } from 'cloudflare:workers';
import { configOf } from '../config.ts';
import { Logger } from '../lib/logger.ts';
import { MAX_PEERS_NAMED, type Presence } from '../metrics/Collection.ts';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import { claimOf } from '../room/claim.ts';
import { placeOf, policyFor } from '../room/coordinatorFor.ts';
import { type Ending, type Envelope, Room } from '../room/Room.ts';
import { readAttachment, writeAttachment } from './attachment.ts';
import { CoordinatorMetrics } from './CoordinatorMetrics.ts';
import { CoordinatorObserver } from './CoordinatorObserver.ts';
import { coordinators } from './namespaces.ts';
import { Shards } from './Shards.ts';

/**
 * Holds the sockets of one room, or of one realm: a thin shell that hands what happens on them to
 * the `Room`. It writes no storage and runs no timer while nothing is pending, so it hibernates
 * whenever nobody is signaling, and heartbeats do not wake it.
 */
export class GameRoomCoordinator extends DurableObject<Env> {
  readonly #room: Room<WebSocket>;
  readonly #shards: Shards;
  readonly #log: Logger;
  readonly #metrics: CoordinatorMetrics | undefined;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly at: number } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error('a coordinator is reached by its name alone');
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT_ANSWER));

    const config = configOf(env);
    const path = placeOf(name);
    this.#shards = new Shards(name, path, config, coordinators(env));
    this.#log = new Logger(config.logLevel, { room: path.name });
    this.#metrics = config.hasMetrics
      ? new CoordinatorMetrics(ctx, env, this.#log, {
          describe: () => ({ name, kind: path.kind, presence: this.presence() }),
          someSocket: () => this.#room.someConnection,
          rewrite: (socket) => this.#room.rememberAgain(socket),
        })
      : undefined;
    this.#room = new Room(
      policyFor(path, config),
      {
        remember: (socket, { id, token, isOwner, requestId }, heardAt, joinedAt) => {
          const unreported = this.#metrics?.carriedOn(socket);
          const peer = { id, token, isOwner, requestId };
          writeAttachment(socket, { ...peer, heardAt, joinedAt, unreported });
        },
        forget: (socket) => writeAttachment(socket, null),
        lastHeartbeatAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime(),
        isElsewhere: this.#shards.areSeveral ? (id) => this.#shards.isElsewhere(id) : undefined,
        forward: (message) => this.#forward(message),
      },
      new CoordinatorObserver(this.#log, this.#metrics),
    );
    for (const socket of ctx.getWebSockets()) this.#restore(socket);
    this.#metrics?.save(Date.now());
  }

  /**
   * Admits a peer: the answer carries its socket. One that is turned away gets no socket from here
   * but the reason as text with status 403, so that a coordinator never waits for the close of a
   * socket that it does not want.
   */
  override async fetch(request: Request): Promise<Response> {
    const claim = claimOf(request);
    const elsewhere = await this.#shards.countElsewhere(this.#room.size);
    const now = Date.now();
    const reason = this.#room.refusalFor(claim, elsewhere, now);
    if (reason !== undefined) {
      this.#settle(now);
      return new Response(reason, { status: 403 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#room.join(server, claim, now);
    this.#settle(now);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** The ids of the peers that are connected now. */
  listPeers(): string[] {
    return this.#room.list(Date.now());
  }

  /** How many peers have a seat here: asked by the other coordinators of a realm. */
  countPeers(): number {
    return this.#room.size;
  }

  /** Who is connected now: asked by the collector of metrics. */
  presence(): Presence {
    const ids = this.listPeers();
    return { peerCount: ids.length, peers: ids.slice(0, MAX_PEERS_NAMED) };
  }

  /** Delivers a message of a peer whose socket another coordinator of this realm holds. */
  deliver(message: Envelope): void {
    const now = Date.now();
    this.#room.deliver(message, now);
    this.#settle(now);
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    const now = Date.now();
    this.#room.receive(socket, frame, now);
    this.#settle(now);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    // Completes the close handshake, which the hibernation API leaves to us. Without arguments:
    // echoing a code that must not be sent, such as 1005 or 1006, throws.
    socket.close();
    this.#disconnect(socket, { code, reason });
  }

  override webSocketError(socket: WebSocket): void {
    this.#disconnect(socket, { reason: 'error' });
  }

  #disconnect(socket: WebSocket, ending: Ending): void {
    // If it is this that woke us, `getWebSockets()` may have left the socket out in the constructor:
    // so it is after an eviction in tests, though not when workerd hibernates by itself.
    this.#restore(socket);
    const now = Date.now();
    this.#room.disconnect(socket, now, ending);
    this.#settle(now);
  }

  #restore(socket: WebSocket): void {
    const attachment = readAttachment(socket);
    if (attachment === null) return;
    const { heardAt, joinedAt, unreported } = attachment;
    if (!this.#room.restore(socket, attachment, heardAt, joinedAt)) return;
    if (unreported !== undefined) this.#metrics?.restore(socket, unreported);
  }

  #forward(message: Envelope): void {
    this.#shards.forward(message).catch((error: unknown) => {
      this.#log.error('error', { peer: message.dst, message: String(error) });
      const now = Date.now();
      this.#room.fail(message, now);
      this.#settle(now);
    });
  }

  /** After whatever has happened: what has to be done later, and what has to be kept. */
  #settle(now: number): void {
    if (this.#room.takeDeadlineChange()) this.#scheduleDeadlines();
    this.#metrics?.save(now);
  }

  /** Keeps one timer, for the next deadline of the room. A pending timer prevents hibernation. */
  #scheduleDeadlines(): void {
    const at = this.#room.nextDeadline;
    if (at === this.#timer?.at) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer.id);
    this.#timer = undefined;
    if (at === undefined) return;
    const id = setTimeout(() => {
      this.#timer = undefined;
      const now = Date.now();
      this.#room.runDeadlines(now);
      this.#settle(now);
    }, at - Date.now());
    this.#timer = { id, at };
  }
}
