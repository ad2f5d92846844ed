import { DurableObject } from 'cloudflare:workers';
import { configOf } from '../config.ts';
import { Logger } from '../lib/logger.ts';
import { MAX_PEERS_NAMED, type Presence } from '../metrics/Collection.ts';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import { claimOf } from '../room/claim.ts';
import { placeOf, policyFor } from '../room/coordinatorFor.ts';
import type { Ending } from '../room/endings.ts';
import type { Message } from '../room/Message.ts';
import { Room } from '../room/Room.ts';
import { readAttachment, writeAttachment } from './attachment.ts';
import { CoordinatorMetrics } from './CoordinatorMetrics.ts';
import { CoordinatorObserver } from './CoordinatorObserver.ts';
import { GraceStore } from './GraceStore.ts';
import { coordinators } from './namespaces.ts';
import { Shards } from './Shards.ts';

/**
 * Holds the sockets of one room, or of one realm: a thin shell that hands what happens on them to
 * the `Room`. It runs no timer while nothing is pending, so it hibernates whenever nobody is
 * signaling, and heartbeats do not wake it. It writes storage only where a socket of a room was lost.
 */
export class GameRoomCoordinator extends DurableObject<Env> {
  readonly #room: Room<WebSocket>;
  readonly #shards: Shards;
  readonly #log: Logger;
  readonly #metrics: CoordinatorMetrics | undefined;
  /** Undefined where no grace period outlives the memory, as in a realm. */
  readonly #graces: GraceStore | undefined;
  #timer:
    | { readonly id: ReturnType<typeof setTimeout>; readonly at: number; readonly since: number }
    | undefined;

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
    const policy = policyFor(path, config);
    // Self-hosted nobody pays for the time that an object is in memory, and its storage does not
    // survive an eviction (workerdConfig.ts): there the end of a grace period is a timer like others.
    // With a grace period of 0, what was stored before a deploy set it to that must still end.
    const hasAlarms = !config.isSelfHosted && policy.tellsWhoLeft;
    this.#graces = hasAlarms ? new GraceStore(ctx.storage) : undefined;
    this.#room = new Room(
      policy,
      {
        persist: (socket, record) => {
          writeAttachment(socket, { ...record, unreported: this.#metrics?.carriedOn(socket) });
        },
        forget: (socket) => writeAttachment(socket, null),
        persistAway: (peers) => this.#graces?.write(peers),
        lastHeartbeatAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime(),
        isElsewhere: this.#shards.areSeveral ? (id) => this.#shards.isElsewhere(id) : undefined,
        forward: (message) => this.#forward(message),
      },
      new CoordinatorObserver(this.#log, this.#metrics),
    );
    for (const socket of ctx.getWebSockets()) this.#restore(socket);
    if (this.#graces !== undefined) this.#room.restoreAway(this.#graces.read(), Date.now());
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

  /** Delivers messages of peers whose sockets another coordinator of this realm holds, in order. */
  deliver(messages: readonly Message[]): void {
    const now = Date.now();
    for (const message of messages) this.#room.deliver(message, now);
    this.#settle(now);
  }

  /** Ends the graces whose time has come. */
  override alarm(): void {
    this.#room.runDeadlines(Date.now());
    this.#graces?.alarmRang(this.#room.nextGraceEnd === undefined);
    this.#settle(Date.now());
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
    if (attachment === null) {
      this.#room.restoreMute(socket);
      return;
    }
    if (!this.#room.restore(socket, attachment, Date.now())) return;
    const { unreported } = attachment;
    if (unreported !== undefined) this.#metrics?.restore(socket, unreported);
  }

  #forward(message: Message): void {
    this.#shards.forward(message, (failed, error) => {
      this.#log.error('error', { peer: failed.dst, message: String(error) });
      const now = Date.now();
      this.#room.fail(failed, now);
      this.#settle(now);
    });
  }

  /** After whatever has happened: what has to be done later, and what has to be kept. */
  #settle(now: number): void {
    const { nextDeadline, nextGraceEnd } = this.#room;
    if (this.#graces === undefined) {
      this.#setTimer(earliest(nextDeadline, nextGraceEnd), now);
    } else {
      this.#setTimer(nextDeadline, now);
      if (nextGraceEnd !== undefined) this.#graces.wakeAt(nextGraceEnd);
    }
    this.#metrics?.save(now);
  }

  /** Keeps one timer. While it is pending the coordinator cannot hibernate. */
  #setTimer(at: number | undefined, now: number): void {
    if (at === this.#timer?.at) return;
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer.id);
      this.#timerEnded(now);
    }
    if (at === undefined) return;
    const id = setTimeout(
      () => {
        this.#timerEnded(Date.now());
        this.#runDeadlines();
      },
      Math.max(0, at - now),
    );
    this.#timer = { id, at, since: now };
  }

  #timerEnded(now: number): void {
    if (this.#timer !== undefined) this.#metrics?.countPending(now - this.#timer.since);
    this.#timer = undefined;
  }

  #runDeadlines(): void {
    const now = Date.now();
    this.#room.runDeadlines(now);
    this.#settle(now);
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
