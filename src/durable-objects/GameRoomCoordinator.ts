import { DurableObject } from 'cloudflare:workers';
import { configOf } from '../config.ts';
import { logError } from '../lib/logger.ts';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import { type Claim, claimOf } from '../room/claim.ts';
import { placeOf, policyFor } from '../room/coordinatorFor.ts';
import { type Envelope, Room } from '../room/Room.ts';
import { coordinators } from './coordinators.ts';
import { Shards } from './Shards.ts';

/**
 * What survives hibernation, on each socket: who speaks on it, and when it was last heard. `null`
 * once it speaks for nobody.
 * https://developers.cloudflare.com/durable-objects/best-practices/websockets/
 */
type Attachment = (Claim & { readonly heardAt: number }) | null;

/**
 * Holds the sockets of one room, or of one realm: a thin shell that hands what happens on them to
 * the `Room`. It writes no storage and runs no timer while nothing is pending, so it hibernates
 * whenever nobody is signaling, and heartbeats do not wake it.
 */
export class GameRoomCoordinator extends DurableObject<Env> {
  readonly #room: Room<WebSocket>;
  readonly #shards: Shards;
  #timer: { readonly id: ReturnType<typeof setTimeout>; readonly at: number } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error('a coordinator is reached by its name alone');
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT_ANSWER));

    const config = configOf(env);
    const path = placeOf(name);
    this.#shards = new Shards(name, path, config, coordinators(env));
    this.#room = new Room(policyFor(path, config), {
      remember: (socket, { id, token, isOwner }, heardAt) =>
        socket.serializeAttachment({ id, token, isOwner, heardAt } satisfies Attachment),
      forget: (socket) => socket.serializeAttachment(null satisfies Attachment),
      lastHeartbeatAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime(),
      isElsewhere: (id) => this.#shards.isElsewhere(id),
      forward: (message) => this.#forward(message),
    });
    for (const socket of ctx.getWebSockets()) this.#restore(socket);
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
      this.#scheduleDeadlines();
      return new Response(reason, { status: 403 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#room.join(server, claim, now);
    this.#scheduleDeadlines();
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

  /** Delivers a message of a peer whose socket another coordinator of this realm holds. */
  deliver(message: Envelope): void {
    this.#room.deliver(message, Date.now());
    this.#scheduleDeadlines();
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#room.receive(socket, frame, Date.now());
    this.#scheduleDeadlines();
  }

  override webSocketClose(socket: WebSocket): void {
    // Completes the close handshake, which the hibernation API leaves to us. Without arguments:
    // echoing a code that must not be sent, such as 1005 or 1006, throws.
    socket.close();
    this.#disconnect(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#disconnect(socket);
  }

  #disconnect(socket: WebSocket): void {
    // If it is this that woke us, `getWebSockets()` no longer had the socket for the constructor.
    this.#restore(socket);
    this.#room.disconnect(socket, Date.now());
    this.#scheduleDeadlines();
  }

  #restore(socket: WebSocket): void {
    const attachment = socket.deserializeAttachment() as Attachment;
    if (attachment !== null) this.#room.restore(socket, attachment, attachment.heardAt);
  }

  #forward(message: Envelope): void {
    this.#shards.forward(message).catch((error: unknown) => {
      logError('error', { path: this.ctx.id.name, message: String(error) });
      this.#room.fail(message, Date.now());
      this.#scheduleDeadlines();
    });
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
      this.#room.runDeadlines(Date.now());
      this.#scheduleDeadlines();
    }, at - Date.now());
    this.#timer = { id, at };
  }
}
