import { POLICY_VIOLATION, REPLACED, SILENT } from '../protocol/closeCodes.ts';
import {
  type ClientMessage,
  expireFrame,
  frameHead,
  leaveFrame,
  OPEN,
  type RelayedType,
  relayFrame,
} from '../protocol/messages.ts';
import { type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import {
  isLargerThan,
  MALFORMED,
  parseClientMessage,
  UNKNOWN_TYPE,
} from '../protocol/validator.ts';
import type { Claim } from './claim.ts';
import { MessageGuard, type Verdict } from './MessageGuard.ts';
import { NOBODY_WATCHES, type RoomObserver } from './RoomObserver.ts';
import { type Pair, type WaitingLimits, WaitingMessages } from './WaitingMessages.ts';

/** One socket, as far as a room needs it. A `WebSocket` is one. */
export interface Connection {
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** What differs between a room and a realm, and what is the same in both. Times in milliseconds. */
export interface RoomPolicy {
  /** Peers at most, counting those in their grace. */
  readonly capacity: number;
  /** What the peer that is one too many is told. */
  readonly refusalWhenFull: RefusalReason;
  /**
   * How long a peer whose socket is gone keeps its id and seat before the others get LEAVE. `off`:
   * its id and seat are free at once, and nobody gets LEAVE.
   */
  readonly leaveGrace: number | 'off';
  /** How long a peer may be silent, heartbeats included, before it counts as gone. */
  readonly aliveTimeout: number;
  readonly waiting: WaitingLimits;
  /** Frames a second from one peer. */
  readonly messagesPerSecond: number;
  /** Bytes of one frame. */
  readonly maxMessageBytes: number;
}

/** What a room needs of the one who holds its sockets. */
export interface RoomHost<C extends Connection> {
  /**
   * Who speaks on the connection, when it was last heard, and since when it speaks: to outlive the
   * room's memory.
   */
  remember(connection: C, claim: Claim, heardAt: number, joinedAt: number): void;
  /** The connection speaks for nobody any more: this too must outlive the room's memory. */
  forget(connection: C): void;
  /** When the connection last sent the heartbeat that is answered without asking the room. */
  lastHeartbeatAt(connection: C): number | undefined;
  /**
   * Whether a peer, if it is anywhere, is in another part of this realm. Absent where there is no
   * other part: it is asked for every message.
   */
  readonly isElsewhere: ((id: string) => boolean) | undefined;
  /** Hands a message to that part, whose `deliver` gets it. On failure this room's `fail` does. */
  forward(message: Envelope): void;
}

/** A message on its way to a peer. */
export interface Envelope {
  readonly dst: string;
  /**
   * The peer that is told if the message is never delivered. Without one, the message waits for no
   * one but a peer that is in its grace.
   */
  readonly awaiting: string | undefined;
  readonly frame: string;
  /** Of a client's message. What the server itself says has none. */
  readonly type?: RelayedType | undefined;
}

/** The frame of an envelope that waits. */
interface WaitingFrame {
  readonly text: string;
  readonly length: number;
  readonly type: RelayedType | undefined;
  readonly since: number;
}

/** How a socket ended. No code where it is still open: its peer has given up the id. */
export interface Ending {
  readonly code?: number;
  readonly reason: string;
}

const UNKNOWN_ENDING: Ending = { reason: '' };

/** A peer that has been heard is not remembered anew more often than this. */
const REMEMBER_EVERY_MS = 15_000;

/** How often a full room may look for peers that are silent, which takes a look at each. */
const SILENCE_SWEEP_MS = 1000;

interface Peer<C extends Connection> extends Claim {
  /** Undefined during the grace after its socket has gone. */
  connection: C | undefined;
  /** When it last gave a sign of life, as far as we have looked. */
  heardAt: number;
  /** The `heardAt` that was last remembered. */
  rememberedAt: number;
  readonly joinedAt: number;
  /** This and the next are made when the peer first speaks: most peers of a realm that wakes do not. */
  guard: MessageGuard | undefined;
  /** How its frames begin for those who get them. */
  frameHead: string | undefined;
}

/**
 * The peers of one room or realm, and every rule of how they join, speak and leave. Plain
 * TypeScript: sockets are handed in, the time is an argument, and the one timer it needs is run by
 * its host (`nextDeadline`, `runDeadlines`).
 */
export class Room<C extends Connection> {
  readonly #policy: RoomPolicy;
  readonly #host: RoomHost<C>;
  readonly #observer: RoomObserver;
  readonly #peers = new Map<string, Peer<C>>();
  /** Who speaks on a connection. One that is not in here has been replaced or has left: it is mute. */
  readonly #speakers = new Map<C, Peer<C>>();
  /** When a grace ends. In that order, as all are equally long and a map keeps its order. */
  readonly #graceEnds = new Map<Peer<C>, number>();
  readonly #waiting: WaitingMessages<WaitingFrame>;
  #sweptAt = 0;
  #isDeadlineNew = false;

  constructor(policy: RoomPolicy, host: RoomHost<C>, observer: RoomObserver = NOBODY_WATCHES) {
    this.#policy = policy;
    this.#host = host;
    this.#observer = observer;
    this.#waiting = new WaitingMessages(policy.waiting, (id) => this.#isInGrace(id));
  }

  /** When `runDeadlines` has to be called next, in milliseconds since the epoch. Undefined: never. */
  get nextDeadline(): number | undefined {
    const waiting = this.#waiting.nextDeadline;
    for (const grace of this.#graceEnds.values()) {
      return waiting === undefined ? grace : Math.min(grace, waiting);
    }
    return waiting;
  }

  /**
   * Whether `nextDeadline` may be another one than when this was last asked. After most messages it
   * is not, and this is much faster to find out.
   */
  takeDeadlineChange(): boolean {
    const isNew = this.#isDeadlineNew;
    this.#isDeadlineNew = false;
    return isNew;
  }

  /** The ids of the peers that are connected now. */
  list(now: number): string[] {
    const ids = [];
    for (const peer of this.#peers.values()) {
      if (peer.connection !== undefined && !this.#isSilent(peer, now)) ids.push(peer.id);
    }
    return ids;
  }

  /**
   * Puts back a peer that was remembered, after the room has lost its memory, unless it is here.
   *
   * @returns whether it was put back.
   */
  restore(connection: C, claim: Claim, heardAt: number, joinedAt = heardAt): boolean {
    if (this.#peers.has(claim.id)) return false;
    const peer = this.#seat(connection, claim, heardAt, joinedAt);
    // It may have been heard since it was remembered. Better to keep it a little too long.
    peer.heardAt += REMEMBER_EVERY_MS;
    return true;
  }

  /** The connection of any peer. */
  get someConnection(): C | undefined {
    const [connection] = this.#speakers.keys();
    return connection;
  }

  /**
   * Has a peer remembered once more, just as it was: for a host that keeps more than the room's own.
   *
   * @returns false if the connection speaks for nobody any more.
   */
  rememberAgain(connection: C): boolean {
    const peer = this.#speakers.get(connection);
    if (peer === undefined) return false;
    this.#host.remember(connection, peer, peer.rememberedAt, peer.joinedAt);
    return true;
  }

  /** Peers that have a seat, those in their grace included. */
  get size(): number {
    return this.#peers.size;
  }

  /**
   * Whether a peer has to be turned away, and why. Asked before its socket is accepted.
   *
   * @param elsewhere the peers in other parts of this realm, as they count against its capacity too.
   */
  refusalFor(claim: Claim, elsewhere: number, now: number): RefusalReason | undefined {
    const { capacity, refusalWhenFull } = this.#policy;
    const holder = this.#peers.get(claim.id);
    if (holder !== undefined && !this.#removeIfSilent(holder, now)) {
      return mayTakeOver(holder, claim) ? undefined : 'id-taken';
    }
    if (this.#peers.size + elsewhere >= capacity) this.#removeSilentPeers(now);
    return this.#peers.size + elsewhere < capacity ? undefined : refusalWhenFull;
  }

  /**
   * Registers a peer that `refusalFor` lets in, and delivers what has waited for it.
   *
   * The same id and token takes over silently: from its older socket, which is closed and can no
   * longer speak, or from its grace. Another token is a page that was reloaded, since PeerJS makes a
   * new token each time. It gets the id and the seat at once, but the connections of the page before
   * are dead, so the others get LEAVE for that one first.
   */
  join(connection: C, claim: Claim, now: number): void {
    const holder = this.#peers.get(claim.id);
    if (holder !== undefined) {
      const older = holder.connection;
      const sameToken = holder.token === claim.token;
      if (sameToken) this.#release(holder);
      else this.#remove(holder, now);
      older?.close(REPLACED, 'replaced');
      this.#observer.observe({
        event: 'peer.replaced',
        peer: claim.id,
        requestId: claim.requestId,
        sameToken,
        ...(older !== undefined && { seconds: secondsSince(holder.joinedAt, now) }),
      });
    }
    this.#host.remember(connection, claim, now, now);
    const peer = this.#seat(connection, claim, now, now);
    this.#observer.observe({ event: 'peer.joined', peer: peer.id, requestId: peer.requestId });
    this.#send(peer, OPEN, now);
    this.#isDeadlineNew = true;
    for (const { sender, frame } of this.#waiting.take(claim.id)) {
      const { text, type, since } = frame;
      this.deliver({ dst: claim.id, awaiting: sender, frame: text, type }, now, since);
    }
  }

  /** Handles one frame from a client. Whatever it holds, nobody but its `dst` is affected. */
  receive(connection: C, frame: string | ArrayBuffer, now: number): void {
    const sender = this.#speakers.get(connection);
    if (sender === undefined) return;
    this.#hear(sender, connection, now);

    sender.guard ??= new MessageGuard(this.#policy.messagesPerSecond, now);
    const size = typeof frame === 'string' ? frame.length : frame.byteLength;
    const verdict = sender.guard.count(size, now);
    if (verdict !== 'pass') {
      this.#turnAway(sender, verdict, 'rate-limit-exceeded', now);
      return;
    }
    if (isLargerThan(this.#policy.maxMessageBytes, frame)) {
      this.#turnAway(sender, 'warn', 'message-too-large', now);
      return;
    }
    const message = parseClientMessage(frame);
    if (message === UNKNOWN_TYPE) return;
    if (message === MALFORMED) {
      this.#turnAwayMalformed(sender, now);
      return;
    }
    this.#handle(sender, message, now);
  }

  /**
   * A socket is gone, for whatever reason. Its peer may come back within the grace.
   *
   * @param ending for the observer alone.
   */
  disconnect(connection: C, now: number, ending = UNKNOWN_ENDING): void {
    const peer = this.#speakers.get(connection);
    if (peer === undefined) return;
    this.#observeLeft(peer, ending, now);
    const { leaveGrace } = this.#policy;
    if (leaveGrace === 'off' || leaveGrace === 0) {
      this.#remove(peer, now);
      return;
    }
    this.#release(peer);
    this.#graceEnds.set(peer, now + leaveGrace);
    this.#isDeadlineNew = true;
  }

  /** Ends every grace and every wait whose time has come. */
  runDeadlines(now: number): void {
    this.#isDeadlineNew = true;
    for (const [peer, end] of this.#graceEnds) {
      if (end > now) break;
      this.#remove(peer, now);
    }
    this.#tellExpired(this.#waiting.expire(now), now);
  }

  #handle(sender: Peer<C>, message: ClientMessage, now: number): void {
    switch (message.type) {
      case 'HEARTBEAT':
        return;
      case 'OFFER':
      case 'ANSWER':
      case 'CANDIDATE':
        if (message.dst === '') return;
        if (message.type === 'OFFER') this.#observer.offered();
        this.#relay(sender, message.type, message, sender.id, now);
        return;
      case 'EXPIRE':
        this.#relay(sender, message.type, message, undefined, now);
        return;
      case 'LEAVE':
        // To nobody in particular: the peer gives up its id, yet its socket stays open.
        if (message.dst === '') this.#giveUpId(sender, now);
        else this.#relay(sender, message.type, message, undefined, now);
        return;
      default:
        message.type satisfies never;
    }
  }

  /** @param awaiting who is told if the message is never delivered. */
  #relay(
    sender: Peer<C>,
    type: RelayedType,
    message: ClientMessage,
    awaiting: string | undefined,
    now: number,
  ): void {
    sender.frameHead ??= frameHead(sender.id);
    const frame = relayFrame(message, sender.id, sender.frameHead);
    if (frame === undefined) this.#turnAwayMalformed(sender, now);
    else this.#post({ dst: message.dst, awaiting, frame, type }, now);
  }

  /** Sends a message on its way, here or to another part of this realm. */
  #post(message: Envelope, now: number): void {
    if (this.#host.isElsewhere?.(message.dst)) this.#host.forward(message);
    else this.deliver(message, now);
  }

  /**
   * Delivers a message to a peer that, if it is anywhere, is here; or keeps it until it comes.
   *
   * @param since when the message came in, where it has waited.
   */
  deliver(message: Envelope, now: number, since = now): void {
    const { dst, awaiting, frame, type } = message;
    const peer = this.#peers.get(dst);
    if (peer !== undefined) {
      if (this.#removeIfSilent(peer, now)) {
        this.fail(message, now);
        return;
      }
      if (this.#send(peer, frame, now)) {
        if (type !== undefined) this.#observer.relayed(type, awaiting, dst, now - since);
        return;
      }
    }
    if (awaiting === undefined && !this.#isInGrace(dst)) return;
    const waiting = { text: frame, length: frame.length, type, since };
    this.#isDeadlineNew = true;
    this.#tellExpired(this.#waiting.add(dst, awaiting, waiting, now), now);
  }

  /** A message will never be delivered: says so to the peer that awaits it. */
  fail({ dst, awaiting }: Envelope, now: number): void {
    if (awaiting !== undefined) this.#tellExpired([{ sender: awaiting, absent: dst }], now);
  }

  #tellExpired(pairs: readonly Pair[], now: number): void {
    for (const { sender, absent } of pairs) {
      const requestId = this.#peers.get(sender)?.requestId;
      this.#observer.observe({ event: 'message.expired', peer: sender, requestId, absent });
      const frame = expireFrame(sender, absent);
      this.#post({ dst: sender, awaiting: undefined, frame }, now);
    }
  }

  /** @returns whether the peer has a connection that took the frame. */
  #send(peer: Peer<C>, frame: string, now: number): boolean {
    const { connection } = peer;
    if (connection === undefined) return false;
    try {
      connection.send(frame);
      return true;
    } catch {
      // The socket is closing and the runtime has not told us yet.
      this.disconnect(connection, now, { reason: 'closing' });
      return false;
    }
  }

  #turnAwayMalformed(peer: Peer<C>, now: number): void {
    const verdict = peer.guard?.countMalformed(now) ?? 'drop';
    this.#turnAway(peer, verdict, 'invalid-message', now);
  }

  #turnAway(peer: Peer<C>, verdict: Verdict, reason: RefusalReason, now: number): void {
    const { connection } = peer;
    this.#observer.refused(reason);
    if (verdict !== 'drop') {
      const { id, requestId } = peer;
      this.#observer.observe({ event: 'peer.limited', peer: id, requestId, reason });
    }
    if (verdict === 'warn') this.#send(peer, refusalFrame(reason), now);
    if (verdict === 'close' && connection !== undefined) {
      this.disconnect(connection, now, { code: POLICY_VIOLATION, reason });
      connection.close(POLICY_VIOLATION, reason);
    }
  }

  #seat(connection: C, claim: Claim, heardAt: number, joinedAt: number): Peer<C> {
    const { id, token, isOwner, requestId } = claim;
    const peer: Peer<C> = {
      id,
      token,
      isOwner,
      requestId,
      connection,
      heardAt,
      rememberedAt: heardAt,
      joinedAt,
      guard: undefined,
      frameHead: undefined,
    };
    this.#peers.set(id, peer);
    this.#speakers.set(connection, peer);
    return peer;
  }

  #giveUpId(peer: Peer<C>, now: number): void {
    this.#observeLeft(peer, { reason: 'gave up its id' }, now);
    this.#remove(peer, now);
  }

  #observeLeft(peer: Peer<C>, ending: Ending, now: number): void {
    this.#observer.observe({
      event: 'peer.left',
      peer: peer.id,
      requestId: peer.requestId,
      ...ending,
      seconds: secondsSince(peer.joinedAt, now),
    });
  }

  /** The peer is gone for good. In a room the others are told, those in their grace included. */
  #remove(peer: Peer<C>, now: number): void {
    this.#release(peer);
    this.#peers.delete(peer.id);
    if (this.#policy.leaveGrace === 'off') return;
    const frame = leaveFrame(peer.id);
    for (const { id } of this.#peers.values()) {
      this.deliver({ dst: id, awaiting: undefined, frame }, now);
    }
  }

  /** Parts a peer from its connection, which is mute from now on, or from its grace. */
  #release(peer: Peer<C>): void {
    if (this.#graceEnds.delete(peer)) this.#isDeadlineNew = true;
    if (peer.connection === undefined) return;
    this.#speakers.delete(peer.connection);
    this.#host.forget(peer.connection);
    peer.connection = undefined;
  }

  #isInGrace(id: string): boolean {
    const peer = this.#peers.get(id);
    return peer !== undefined && peer.connection === undefined;
  }

  #hear(peer: Peer<C>, connection: C, now: number): void {
    peer.heardAt = now;
    if (now - peer.rememberedAt < REMEMBER_EVERY_MS) return;
    peer.rememberedAt = now;
    this.#host.remember(connection, peer, now, peer.joinedAt);
  }

  /** Whether a peer that seems connected is not: its network was lost without a word. */
  #isSilent(peer: Peer<C>, now: number): boolean {
    if (peer.connection === undefined || now - peer.heardAt <= this.#policy.aliveTimeout) {
      return false;
    }
    // Heartbeats pass the room by, so ask for the last one: once per timeout at most.
    peer.heardAt = Math.max(peer.heardAt, this.#host.lastHeartbeatAt(peer.connection) ?? 0);
    return now - peer.heardAt > this.#policy.aliveTimeout;
  }

  #removeIfSilent(peer: Peer<C>, now: number): boolean {
    const { connection } = peer;
    if (connection === undefined || !this.#isSilent(peer, now)) return false;
    this.#observeLeft(peer, { code: SILENT, reason: 'silent' }, now);
    this.#remove(peer, now);
    connection.close(SILENT, 'silent');
    return true;
  }

  #removeSilentPeers(now: number): void {
    if (now - this.#sweptAt < SILENCE_SWEEP_MS) return;
    this.#sweptAt = now;
    for (const peer of this.#peers.values()) this.#removeIfSilent(peer, now);
  }
}

function secondsSince(start: number, now: number): number {
  return Math.max(0, Math.round((now - start) / 1000));
}

/** Whether a peer may have an id that another holds. */
function mayTakeOver(holder: Peer<Connection>, claim: Claim): boolean {
  if (claim.token === holder.token || claim.isOwner) return true;
  // A page that was reloaded. An id that was signed for its owner is the owner's, there too.
  return holder.connection === undefined && !holder.isOwner;
}
