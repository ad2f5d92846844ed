import { DurableObject } from 'cloudflare:workers';
import { Logger } from '../log/Logger.ts';
import { mayLog } from '../log/logRate.ts';
import { type CoordinatorReport, MAX_PEERS_NAMED } from '../metrics/Collection.ts';
import type { Counters } from '../metrics/Counters.ts';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { RoomChange } from '../protocol/roomRequests.ts';
import { pathHeldBy } from '../room/coordinatorFor.ts';
import type { Ending } from '../room/endings.ts';
import type { Listing } from '../room/Listing.ts';
import type {
  NewRoom,
  Outcome,
  RoomPlace,
  RoomView,
  SeatApplicant,
  SeatInRoom,
  SeatProof,
} from '../room/ManagedRooms.ts';
import type { Message } from '../room/Message.ts';
import { managedFactsOf } from '../room/managedFacts.ts';
import { mayBeManaged } from '../room/managedPath.ts';
import { policyFor } from '../room/policyFor.ts';
import { Room } from '../room/Room.ts';
import { RoomWatcher } from '../room/RoomWatcher.ts';
import {
  changeOf,
  foundingOf,
  joiningRequestOf,
  seatRequestOf,
  withTokenHash,
} from '../room/secrets.ts';
import { settingsOf } from '../settings.ts';
import { PerSecond } from '../time/PerSecond.ts';
import { readAttachment, writeAttachment } from './attachment.ts';
import { joinedHeaders, joinOf, refusalResponse } from './joinRequest.ts';
import { ListingTeller } from './ListingTeller.ts';
import { coordinators, metricsCollector } from './namespaces.ts';
import { REPORT_DELAY_MS, Reporter } from './Reporter.ts';
import { RoomStore } from './RoomStore.ts';
import { Shards } from './Shards.ts';

/** How long does not matter: a pending timer keeps an object in memory. */
const KEEP_AWAKE_MS = 60_000;
/** Milliseconds before what failed is tried again. */
const RETRY_AFTER_MS = 1000;

/**
 * Holds the sockets of one room or realm: a thin shell that tells the `Room` what happens on them.
 * It runs no timer while nothing is pending, so it hibernates while nobody is signaling, and
 * heartbeats do not wake it. It writes storage only when a room loses a socket, or one that somebody
 * made changes.
 */
export class GameRoomCoordinator extends DurableObject<Env> {
  readonly #room: Room<WebSocket>;
  readonly #shards: Shards;
  readonly #log: Logger;
  readonly #place: Pick<PeerPath, 'name' | 'kind'>;
  readonly #listings: ListingTeller;
  readonly #metrics = new Reporter();
  readonly #hasMetrics: boolean;
  /** Reports for which no timer is held. */
  readonly #reportsAtOnce = new PerSecond(1);
  /** The socket that carries the number of wakes through a hibernation. */
  #wakesOn: WebSocket | undefined;
  /** Undefined where nothing is ever stored, as in a realm. */
  readonly #store: RoomStore | undefined;
  /** Keeps a managed room in memory where storage does not survive an eviction. */
  #keepsAwake: ReturnType<typeof setInterval> | undefined;
  #timer:
    | { readonly id: ReturnType<typeof setTimeout>; readonly at: number; readonly since: number }
    | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error('a coordinator is reached by its name alone');
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT_ANSWER));

    const settings = settingsOf(env);
    const path = pathHeldBy(name);
    this.#place = { name, kind: path.kind };
    this.#hasMetrics = settings.hasMetrics;
    this.#shards = new Shards(name, path, settings, coordinators(env));
    this.#log = new Logger(settings.logLevel, { room: path.name });
    this.#listings = new ListingTeller(env, this.#log);
    const policy = policyFor(path, settings);
    // Self-hosted, nobody pays for the time that an object is in memory, and its storage does not
    // survive an eviction (workerdConfig.ts): there a grace period is a timer like the others.
    const hasGraces = policy.tellsWhoLeft;
    const isMaybeManaged = mayBeManaged(path);
    const isStored = !settings.isSelfHosted && (hasGraces || isMaybeManaged);
    this.#store = isStored ? new RoomStore(ctx.storage) : undefined;
    this.#room = new Room(
      policy,
      {
        persistence: {
          persist: (socket, record) => {
            const { wakes } = this.#metrics.counters;
            writeAttachment(socket, socket === this.#wakesOn ? { ...record, wakes } : record);
          },
          persistAway: (peers) => this.#store?.writeAway(peers),
          persistManaged: (record) => {
            this.#store?.writeManaged(record);
            this.#keepAwake(settings.isSelfHosted && record !== undefined);
          },
        },
        forget: (socket) => writeAttachment(socket, null),
        unsent: undefined,
        lastHeartbeatAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime(),
        isElsewhere: this.#shards.areSeveral ? (id) => this.#shards.isElsewhere(id) : undefined,
        forward: (message) => this.#forward(message),
        onListing: (listing) => this.#listings.tell(listing),
      },
      new RoomWatcher(this.#log, this.#metrics.counters, () => this.#report(REPORT_DELAY_MS)),
    );
    const record = isMaybeManaged ? this.#store?.readManaged() : undefined;
    if (record !== undefined) this.#room.restoreManaged(record, Date.now());
    for (const socket of ctx.getWebSockets()) this.#restore(socket);
    if (this.#store !== undefined && hasGraces) {
      this.#room.restoreAway(this.#store.readAway(), Date.now());
    }
    this.#countWake();
    this.#log.debug('coordinator.woke', { peers: this.#room.size });
  }

  /**
   * Admits a peer: the answer carries its socket. A refused peer gets the reason and no socket, so
   * that a coordinator never has to wait for such a socket to close.
   */
  override async fetch(request: Request): Promise<Response> {
    const { seatWish, mustHoldSeat, ...join } = joinOf(request);
    const claim = this.#room.isManaged ? await withTokenHash(join.claim) : join.claim;
    const seatRequest = seatWish && (await joiningRequestOf(claim, seatWish, this.#room.salts));
    const elsewhere = await this.#shards.countElsewhere(this.#room.size);
    const now = Date.now();
    const reason =
      mustHoldSeat && !this.#room.holdsSeat(claim)
        ? 'too-many-connections'
        : this.#room.refusalFor(claim, elsewhere, now, seatRequest);
    if (reason !== undefined) {
      this.#settle(now);
      return refusalResponse(reason);
    }
    const { hasNobody } = this.#room;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#room.join(server, claim, now);
    this.#settle(now);
    const headers = joinedHeaders(hasNobody);
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** Makes this a managed room: see `ManagedRooms`, whose other requests follow. */
  async make(
    place: RoomPlace,
    newRoom: NewRoom,
    applicant: SeatApplicant,
  ): Promise<Outcome<SeatInRoom>> {
    const { plan, firstSeat } = await foundingOf(newRoom, applicant);
    return this.#handle((now) => this.#room.make(place, plan, firstSeat, now));
  }

  async takeSeat(applicant: SeatApplicant): Promise<Outcome<SeatInRoom>> {
    const request = await seatRequestOf(applicant, this.#room.salts);
    return this.#handle((now) => this.#room.takeSeat(request, now));
  }

  async takeMatchedSeat(
    place: RoomPlace,
    newRoom: NewRoom,
    applicant: SeatApplicant,
  ): Promise<Outcome<SeatInRoom>> {
    if (this.#room.isManaged) return this.takeSeat(applicant);
    const made = await this.make(place, newRoom, applicant);
    // Somebody else may have made it in the meantime.
    return 'value' in made || !this.#room.isManaged ? made : this.takeSeat(applicant);
  }

  describe(): Outcome<RoomView> {
    return this.#room.describe(Date.now());
  }

  async change(by: SeatProof, change: RoomChange): Promise<Outcome<RoomView>> {
    const hashed = await changeOf(change);
    return this.#handle((now) => this.#room.change(by, hashed, now));
  }

  /** What strangers may know of the room: asked by the directory of its game. */
  listing(): Listing | undefined {
    return this.#handle((now) => this.#room.listing(now));
  }

  /** The ids of the connected peers. */
  listPeers(): string[] {
    return this.#room.list(Date.now());
  }

  /** How many peers have a seat here. The other coordinators of a realm ask. */
  countPeers(): number {
    return this.#room.size;
  }

  /** What has not been reported yet: asked by the collector. */
  report(): CoordinatorReport {
    this.#writeWakes(0);
    return this.#reportOf(this.#metrics.take());
  }

  /** Delivers messages of peers whose sockets another coordinator of this realm holds, in order. */
  deliver(messages: readonly Message[]): void {
    this.#handle((now) => {
      for (const message of messages) this.#room.deliver(message, now);
    });
  }

  /** Closes the sockets of peers that have been silent for too long, when sockets are scarce. */
  endSilentPeers(): void {
    this.#handle((now) => this.#room.endSilentPeers(now));
  }

  /** Ends the grace periods that are over, and a managed room that has been empty. */
  override alarm(): void {
    this.#room.runDeadlines(Date.now());
    this.#store?.alarmRang(this.#room.nextAlarm === undefined && !this.#room.isManaged);
    this.#settle(Date.now());
  }

  override webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): void {
    this.#handle((now) => this.#room.receive(socket, frame, now));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    // Completes the close handshake, as the hibernation API requires. It has no arguments, since
    // `close` throws for a code that must not be sent, such as 1005 or 1006.
    socket.close();
    this.#disconnect(socket, { code, reason });
  }

  override webSocketError(socket: WebSocket): void {
    this.#disconnect(socket, { reason: 'error' });
  }

  #disconnect(socket: WebSocket, ending: Ending): void {
    // If this event woke the object, `getWebSockets()` may not have listed the socket in the
    // constructor. It does not after an eviction in tests, but does when workerd hibernates by
    // itself.
    this.#restore(socket);
    this.#handle((now) => this.#room.disconnect(socket, now, ending));
  }

  #restore(socket: WebSocket): void {
    const attachment = readAttachment(socket);
    if (attachment === null) {
      this.#room.restoreMute(socket);
      return;
    }
    if (!this.#room.restore(socket, attachment, Date.now())) return;
    if (attachment.wakes === undefined) return;
    this.#metrics.counters.wakes += attachment.wakes;
    this.#wakesOn = socket;
  }

  /** Counts this wake, and persists the count: many wakes lead to no report, and each of them costs. */
  #countWake(): void {
    this.#metrics.counters.wakes += 1;
    if (!this.#hasMetrics) return;
    this.#wakesOn ??= this.ctx.getWebSockets().find((socket) => readAttachment(socket) !== null);
    this.#writeWakes(this.#metrics.counters.wakes);
  }

  #writeWakes(wakes: number): void {
    const socket = this.#wakesOn;
    const attachment = socket === undefined ? null : readAttachment(socket);
    if (socket !== undefined && attachment !== null)
      writeAttachment(socket, { ...attachment, wakes });
  }

  /**
   * Has the room handle an event. If that fails, what others wait for is still done in time.
   *
   * @param retryAfter milliseconds until what is overdue is done.
   */
  #handle<T>(event: (now: number) => T, retryAfter = 0): T {
    const now = Date.now();
    try {
      return event(now);
    } finally {
      this.#settle(now, retryAfter);
    }
  }

  #keepAwake(keepsAwake: boolean): void {
    if (keepsAwake === (this.#keepsAwake !== undefined)) return;
    if (keepsAwake) this.#keepsAwake = setInterval(() => {}, KEEP_AWAKE_MS);
    else {
      clearInterval(this.#keepsAwake ?? null);
      this.#keepsAwake = undefined;
    }
  }

  #forward(message: Message): void {
    this.#shards.forward(message, (failed, error) => {
      if (mayLog()) this.#log.error('error', { peer: failed.dst, message: String(error) });
      this.#handle((now) => this.#room.fail(failed, now));
    });
  }

  /** Comes after every event: schedules what has to be done later, and reports what is worth a report. */
  #settle(now: number, retryAfter = 0): void {
    if (this.#store === undefined) {
      this.#setTimer(this.#room.nextDue, now, retryAfter);
    } else {
      const { nextDeadline, nextAlarm } = this.#room;
      this.#setTimer(nextDeadline, now, retryAfter);
      if (nextAlarm !== undefined) this.#store.wakeAt(nextAlarm);
    }
    const { pending, expired, relayed } = this.#metrics.counters;
    // Not at each end of a timer: where members say much of themselves, one ends ten times a second.
    const hasEnded = (pending > 0 && expired > 0) || relayed.ANSWER > 0;
    if (hasEnded && this.#reportsAtOnce.take(now)) this.#report(0);
  }

  /**
   * Reports after a delay, for which it holds the coordinator in memory: the most expensive part of all
   * metrics. So only a join or a leave is worth it. The end of a handshake or of a wait, without which
   * the counters would mislead, is reported without a delay.
   */
  #report(delay: number): void {
    if (!this.#hasMetrics) return;
    void this.#metrics.report(this.#log, delay, (counters) => {
      this.#writeWakes(0);
      return metricsCollector(this.env).report(this.#reportOf(counters));
    });
  }

  #reportOf(counters: Counters): CoordinatorReport {
    const ids = this.listPeers();
    const peers = ids.slice(0, MAX_PEERS_NAMED);
    const managed = managedFactsOf(this.describe());
    return { ...this.#place, peerCount: ids.length, peers, counters, ...managed };
  }

  /** Keeps one timer. While it is pending the coordinator cannot hibernate. */
  #setTimer(at: number | undefined, now: number, retryAfter: number): void {
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
      at > now ? at - now : retryAfter,
    );
    this.#timer = { id, at, since: now };
  }

  #timerEnded(now: number): void {
    const pending = now - (this.#timer?.since ?? now);
    this.#metrics.counters.pending += Math.max(0, pending);
    this.#timer = undefined;
  }

  #runDeadlines(): void {
    // What is due even then has failed, and must not keep the coordinator busy.
    this.#handle((now) => this.#room.runDeadlines(now), RETRY_AFTER_MS);
  }
}
