import { NORMAL, POLICY_VIOLATION, REPLACED, SILENT, SLOW } from '../protocol/closeCodes.ts';
import {
  type ClientMessage,
  expireFrame,
  frameHead,
  leaveFrame,
  OPEN,
  type RelayedType,
  relayFrame,
} from '../protocol/messages.ts';
import { isValidId } from '../protocol/names.ts';
import { peekDst } from '../protocol/peekDst.ts';
import { isErrorReason, type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import {
  IGNORED,
  isLargerThan,
  MALFORMED,
  Misaddressed,
  parseClientMessage,
} from '../protocol/validator.ts';
import { CallsInVain } from './CallsInVain.ts';
import type { Claim } from './claim.ts';
import type { Envelope } from './Envelope.ts';
import { type Ending, type EndingKind, meaningOf } from './endings.ts';
import { type Fault, MessageGuard } from './MessageGuard.ts';
import { type AwayPeer, Peer, type PeerRecord } from './Peer.ts';
import { NOBODY_WATCHES, type RoomObserver } from './RoomObserver.ts';
import { SteadyClock } from './SteadyClock.ts';
import { type WaitingLimits, WaitingMessages } from './WaitingMessages.ts';

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
   * How long a peer whose socket was lost keeps its id and seat before the others get LEAVE. `off`:
   * its id and seat are free at once, and nobody ever gets LEAVE.
   */
  readonly leaveGrace: number | 'off';
  /** How long a peer may be silent, heartbeats included, before others may have its id and seat. */
  readonly aliveTimeout: number;
  readonly waiting: WaitingLimits;
  /** Waits for absent peers that one peer may begin in a minute. Beyond them it gets EXPIRE at once. */
  readonly waitsPerMinute: number;
  /** Frames a second from one peer. */
  readonly messagesPerSecond: number;
  /** Bytes of one frame. */
  readonly maxMessageBytes: number;
}

/** What a room needs of the one who holds its sockets. */
export interface RoomHost<C extends Connection> {
  /** What has to be known of the peer on this connection, to outlive the room's memory. */
  remember(connection: C, record: PeerRecord): void;
  /** The connection speaks for nobody any more: this too must outlive the room's memory. */
  forget(connection: C): void;
  /** All peers that are in their grace, to outlive the room's memory. Called at every change. */
  rememberAway(peers: readonly AwayPeer[]): void;
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

/** What a peer may not have got on a socket that failed. */
interface LostWithSocket {
  /** To be sent again. */
  readonly messages: readonly Envelope[];
  /** To be told that their offers are lost. */
  readonly callers: readonly string[];
}

const NOTHING: LostWithSocket = { messages: [], callers: [] };

/** A peer that has been heard is not remembered anew more often than this. */
const REMEMBER_EVERY_MS = 15_000;

/** How often a full room may look for peers that are silent, which takes a look at each. */
const SILENCE_SWEEP_MS = 1000;

/** A takeover counts for so long against the next ones of the same id. */
const TAKEOVER_WINDOW_MS = 60_000;
/** In that time. Two pages with one id and token would take it from each other for ever. */
const MAX_TAKEOVERS = 3;

/**
 * A page answers an offer of data within a second, without asking anybody. A peer that has not, and
 * has never said anything, is nobody: PeerJS keeps the socket of a Peer that was destroyed before it
 * had its id, and its heartbeats go on.
 */
const GHOST_AFTER_MS = 5000;

/** A socket whose peer has given up its id is closed after so long. A page that leaves does it itself. */
const CLOSE_MUTE_AFTER_MS = 5000;
/** Sockets beyond the capacity that may speak for nobody and be open still. The runtime cannot end them. */
const MAX_MUTE = 100;

/** Characters that may be sent to a peer that has not been heard since: twice the largest message. */
const MAX_UNHEARD = 2 * 1_048_576;
/** The same for all peers together. */
const MAX_UNHEARD_IN_ALL = 48 * 1_048_576;
/** What is always small enough, as long as the peer owes nothing. */
const SMALL_FRAME = 16_384;
/** A peer that is over its bound for so long does not read. Heartbeats come every 5 s. */
const SLOW_AFTER_MS = 10_000;

/** Frames that are kept for a peer in its grace: who has left meanwhile. */
const MAX_MISSED = 100;
/** An id that nobody can have is answered as it came, up to so many characters. */
const MAX_ECHOED = 8192;
/** Peers that are told in one second that a message of theirs was dropped. */
const MAX_TOLD_PER_SECOND = 10_000;

/**
 * The peers of one room or realm, and every rule of how they join, speak and leave. Plain
 * TypeScript: sockets are handed in, the time is an argument, and what has to happen later is run by
 * its host (`nextDeadline`, `nextGraceEnd`, `runDeadlines`).
 */
export class Room<C extends Connection> {
  readonly #policy: RoomPolicy;
  readonly #host: RoomHost<C>;
  readonly #observer: RoomObserver;
  readonly #clock = new SteadyClock();
  readonly #peers = new Map<string, Peer<C>>();
  /** Who speaks on a connection. One that is not in here has been replaced or has left: it is mute. */
  readonly #speakers = new Map<C, Peer<C>>();
  /** In the order in which their graces end, as all are equally long and a map keeps its order. */
  readonly #away = new Map<string, AwayPeer>();
  /** Connections that speak for nobody and are not gone yet. */
  readonly #mute = new Set<C>();
  /** Those of them that have not been closed, with the time to do so, in the order of these times. */
  readonly #toClose = new Map<C, number>();
  readonly #waiting: WaitingMessages;
  readonly #calls: CallsInVain;
  #unheardInAll = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #lookedAtAllAt = Number.NEGATIVE_INFINITY;
  /** Who has been told in this second that its messages to whom were dropped. */
  readonly #told = { second: 0, pairs: new Set<string>() };

  constructor(policy: RoomPolicy, host: RoomHost<C>, observer: RoomObserver = NOBODY_WATCHES) {
    this.#policy = policy;
    this.#host = host;
    this.#observer = observer;
    this.#waiting = new WaitingMessages(policy.waiting);
    this.#calls = new CallsInVain(policy.waitsPerMinute, policy.waiting.timeout);
  }

  /**
   * When `runDeadlines` has to be called next for what is only in memory, in milliseconds since the
   * epoch. Undefined: never.
   */
  get nextDeadline(): number | undefined {
    const waiting = this.#waiting.nextDeadline;
    const [mute] = this.#toClose.size === 0 ? [] : this.#toClose.values();
    if (waiting === undefined && mute === undefined) return undefined;
    return this.#clock.toWall(Math.min(waiting ?? Infinity, mute ?? Infinity));
  }

  /** When `runDeadlines` has to be called for the next grace that ends. The host remembers graces. */
  get nextGraceEnd(): number | undefined {
    if (this.#away.size === 0) return undefined;
    for (const { until } of this.#away.values()) return this.#clock.toWall(until);
    return undefined;
  }

  /** The ids of the peers that are connected now. */
  list(wall: number): string[] {
    const now = this.#clock.read(wall);
    const ids = [];
    for (const peer of this.#peers.values()) {
      if (!this.#isLost(peer, now)) ids.push(peer.id);
    }
    return ids;
  }

  /** The connection of any peer. */
  get someConnection(): C | undefined {
    const [connection] = this.#speakers.keys();
    return connection;
  }

  /** Peers that have a seat, those in their grace included. */
  get size(): number {
    return this.#peers.size + this.#away.size;
  }

  /**
   * Puts back a peer that was remembered, after the room has lost its memory, unless it is here.
   *
   * @returns whether it was put back.
   */
  restore(connection: C, record: PeerRecord, wall: number): boolean {
    this.#clock.read(wall);
    if (this.#peers.has(record.id)) return false;
    // What was remembered before the clock was set back must not lie in the future, nor be held
    // against anybody.
    const known = shifted(
      {
        ...record,
        takeovers: record.takeovers?.filter((at) => at <= wall),
        calls: record.calls?.filter(([, at]) => at <= wall),
      },
      (time) => this.#clock.fromWall(time),
    );
    const peer = this.#seat(connection, known);
    if (known.calls !== undefined) this.#calls.restore(known.id, known.calls);
    // Nor may it be in the future again at the next time.
    if (known.heardAt !== record.heardAt) this.#remember(peer);
    // It may have been heard since it was remembered. Better to keep it a little too long.
    peer.heardAt += REMEMBER_EVERY_MS;
    return true;
  }

  /** Puts back a connection that speaks for nobody. */
  restoreMute(connection: C): void {
    if (!this.#speakers.has(connection)) this.#mute.add(connection);
  }

  /** Puts back the peers that are in their grace, after the room has lost its memory. */
  restoreAway(peers: readonly AwayPeer[], wall: number): void {
    const now = this.#clock.read(wall);
    // No grace is longer than all, whatever the clock has done.
    const latest = now + this.#grace;
    for (const peer of peers) {
      const until = Math.min(peer.until, latest);
      if (!this.#peers.has(peer.id)) this.#away.set(peer.id, { ...peer, until });
    }
    // Else it would begin anew each time, until the clock is where it was.
    if (peers.some(({ until }) => until > latest)) this.#rememberAway();
  }

  /**
   * Has a peer remembered once more, just as it was: for a host that keeps more than the room's own.
   *
   * @returns false if the connection speaks for nobody any more.
   */
  rememberAgain(connection: C): boolean {
    const peer = this.#speakers.get(connection);
    if (peer === undefined) return false;
    this.#remember(peer);
    return true;
  }

  /**
   * Whether a peer has to be turned away, and why. Asked before its socket is accepted. Where a seat
   * is needed, one is taken from whoever is least likely to come back.
   *
   * @param elsewhere the peers in other parts of this realm, as they count against its capacity too.
   */
  refusalFor(claim: Claim, elsewhere: number, wall: number): RefusalReason | undefined {
    const now = this.#clock.read(wall);
    const { capacity, refusalWhenFull } = this.#policy;
    const away = this.#away.get(claim.id);
    if (away !== undefined) return mayResume(away, claim) ? undefined : 'id-taken';

    const holder = this.#peers.get(claim.id);
    if (holder !== undefined) {
      const isSilent = this.#isSilent(holder, now);
      if (mayTakeOver(holder, claim)) {
        return !isSilent && this.#isContested(holder, now) ? 'id-taken' : undefined;
      }
      if (!isSilent) return 'id-taken';
    }
    // Before anybody has to go for a newcomer who is turned away all the same.
    if (this.#mute.size >= capacity + MAX_MUTE) return refusalWhenFull;
    if (holder !== undefined) this.#end(holder, 'gone', { code: SILENT, reason: 'silent' }, now);
    const isFull = () => this.size + elsewhere >= capacity;
    if (isFull()) this.#endSilentPeers(now);
    if (isFull()) this.#giveAwaySeat(now);
    return isFull() ? refusalWhenFull : undefined;
  }

  /**
   * Registers a peer that `refusalFor` lets in, and delivers what has waited for it.
   *
   * The same id and token takes over silently: from its older socket, which is closed and can no
   * longer speak, or from its grace. Another token is a page that was reloaded, since PeerJS makes a
   * new token each time. It gets the id and the seat at once, but the connections of the page before
   * are dead, so the others get LEAVE for that one first.
   */
  join(connection: C, claim: Claim, wall: number): void {
    const now = this.#clock.read(wall);
    const away = this.#away.get(claim.id);
    const holder = this.#peers.get(claim.id);
    const before = holder ?? away;
    const isSamePage = before?.token === claim.token;
    const takeovers =
      holder === undefined ? [] : [...recentTakeovers(holder, now), now].slice(-MAX_TAKEOVERS);
    /** What the page may have missed on its older socket. */
    const missed = isSamePage ? (away?.missed ?? []) : [];
    const { messages: unheard, callers } =
      isSamePage && holder !== undefined ? this.#unheardOf(holder) : NOTHING;

    if (away !== undefined && this.#away.delete(claim.id)) this.#rememberAway();
    if (holder !== undefined) this.#release(holder, undefined);
    if (before !== undefined) {
      if (!isSamePage) this.#tellGone([claim.id], now);
      holder?.connection.close(REPLACED, 'replaced');
      this.#observer.observe({
        event: 'peer.replaced',
        peer: claim.id,
        requestId: claim.requestId,
        sameToken: isSamePage,
        ...(holder !== undefined && { seconds: secondsSince(holder.joinedAt, now) }),
      });
    }
    const peer = this.#seat(connection, { ...claim, heardAt: now, joinedAt: now, takeovers });
    this.#remember(peer);
    this.#observer.observe({ event: 'peer.joined', peer: peer.id, requestId: peer.requestId });
    for (const frame of [OPEN, ...missed]) this.#send(peer, ownMessage(peer.id, frame), now);
    const waited = this.#waiting.take(claim.id);
    for (const message of unheard) this.#deliver(message, now, now);
    for (const caller of callers) this.#expireAtOnce(caller, claim.id, now);
    for (const { message, since } of waited) this.#deliver(message, now, since);
  }

  /** Handles one frame from a client. Whatever it holds, nobody but its `dst` is affected. */
  receive(connection: C, frame: string | ArrayBuffer, wall: number): void {
    const now = this.#clock.read(wall);
    const sender = this.#speakers.get(connection);
    if (sender === undefined) {
      this.#closeMute(connection);
      return;
    }
    this.#hear(sender, now);

    sender.guard ??= new MessageGuard(this.#policy.messagesPerSecond, now);
    const size = typeof frame === 'string' ? frame.length : frame.byteLength;
    const verdict = sender.guard.count(size, now);
    if (verdict !== 'pass') {
      this.#drop(sender, verdict, 'rate-limit-exceeded', now, peekDst(frame));
      return;
    }
    if (isLargerThan(this.#policy.maxMessageBytes, frame)) {
      this.#drop(sender, 'drop-first', 'message-too-large', now, peekDst(frame));
      return;
    }
    const message = parseClientMessage(frame);
    if (message === IGNORED) return;
    if (message === MALFORMED) {
      this.#drop(sender, sender.guard.countMalformed(now), 'invalid-message', now);
    } else if (message instanceof Misaddressed) {
      this.#expireAtOnce(sender.id, message.dst, now);
    } else {
      this.#handle(sender, message, now);
    }
  }

  /** Ends the peers that have been silent for too long: where their sockets are needed for others. */
  endSilentPeers(wall: number): void {
    this.#endSilentPeers(this.#clock.read(wall));
  }

  /** A socket is gone, for whatever reason. What that means for its peer, its end says. */
  disconnect(connection: C, wall: number, ending: Ending): void {
    const now = this.#clock.read(wall);
    const peer = this.#speakers.get(connection);
    const kind = ending.code === undefined ? 'lost' : meaningOf(ending.code);
    if (peer !== undefined) this.#leave(peer, kind, ending, now);
    this.#mute.delete(connection);
    this.#toClose.delete(connection);
  }

  /** Ends every grace and every wait whose time has come. */
  runDeadlines(wall: number): void {
    const now = this.#clock.read(wall);
    const gone = [];
    for (const { id, until } of this.#away.values()) {
      if (until > now) break;
      gone.push(id);
    }
    this.#tellGone(gone, now);
    for (const [connection, at] of this.#toClose) {
      if (at > now) break;
      this.#closeMute(connection);
    }
    this.#tellExpired(this.#waiting.expire(now), now);
  }

  #handle(sender: Peer<C>, message: ClientMessage, now: number): void {
    if (message.type === 'HEARTBEAT') {
      if (sender.sendsOwnHeartbeats) return;
      sender.sendsOwnHeartbeats = true;
      this.#remember(sender);
      return;
    }
    if (!sender.hasSpoken) this.#hasSpoken(sender);
    switch (message.type) {
      case 'OFFER':
      case 'ANSWER':
      case 'CANDIDATE':
        if (message.dst === '') return;
        if (message.type === 'OFFER') this.#observer.offered();
        this.#relay(sender, message.type, message, sender.id, now);
        if (message.type === 'OFFER') this.#noteOffer(message, now);
        return;
      case 'EXPIRE':
        this.#relay(sender, message.type, message, undefined, now);
        return;
      case 'LEAVE':
        // To nobody in particular: the page is about to go. Its socket is still open.
        if (message.dst !== '') this.#relay(sender, message.type, message, undefined, now);
        else this.#leave(sender, 'gone', { reason: 'gave up its id' }, now);
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
    if (frame === undefined) {
      const fault = sender.guard?.countMalformed(now) ?? 'drop';
      this.#drop(sender, fault, 'invalid-message', now, message.dst);
    } else {
      this.#post({ dst: message.dst, awaiting, frame, type }, now);
    }
  }

  /** Sends a message on its way, here or to another part of this realm. */
  #post(message: Envelope, now: number): void {
    if (this.#host.isElsewhere?.(message.dst)) this.#host.forward(message);
    else this.#deliver(message, now, now);
  }

  /** Delivers a message to a peer that, if it is anywhere, is here; or keeps it until it comes. */
  deliver(message: Envelope, wall: number): void {
    const now = this.#clock.read(wall);
    this.#deliver(message, now, now);
  }

  /** A message will never be delivered: says so to the peer that awaits it. */
  fail(message: Envelope, wall: number): void {
    this.#fail(message, this.#clock.read(wall));
  }

  /** @param since when the message came in, where it has waited. */
  #deliver(message: Envelope, now: number, since: number): void {
    const { dst, awaiting, type } = message;
    const peer = this.#peers.get(dst);
    if (peer === undefined) {
      this.#keep(message, now);
      return;
    }
    if (this.#isLost(peer, now)) {
      this.#end(peer, 'lost', { code: SILENT, reason: 'silent' }, now);
      this.#giveUp(message, now);
      return;
    }
    if (!this.#hasRoomFor(peer, message, now)) {
      this.#giveUp(message, now);
      return;
    }
    if (!this.#send(peer, message, now)) {
      // The socket is closing and the runtime has not told us yet how.
      if (type !== undefined) this.#wait(message, now);
      return;
    }
    if (type === undefined) return;
    this.#observer.relayed(type, awaiting, dst, now - since);
    if (type === 'OFFER') {
      peer.guard ??= new MessageGuard(this.#policy.messagesPerSecond, now);
      peer.guard.owe(now);
    }
    if (awaiting !== undefined) this.#calls.reached(awaiting, dst);
  }

  /** Keeps a message for a peer that is not connected, if it is one that can wait. */
  #keep(message: Envelope, now: number): void {
    const { dst, awaiting, frame, type } = message;
    const away = this.#away.get(dst);
    if (away !== undefined && type === undefined) {
      this.#miss(dst, frame);
      this.#rememberAway();
      return;
    }
    if (awaiting === undefined) {
      if (away !== undefined) this.#wait(message, now);
      return;
    }
    if (!this.#waiting.has(dst, awaiting)) {
      const mayWait = isValidId(dst) && this.#calls.mayWait(awaiting, dst, now);
      if (!mayWait) {
        this.#fail(message, now);
        return;
      }
      const caller = this.#peers.get(awaiting);
      if (caller !== undefined) this.#remember(caller);
    }
    this.#wait(message, now);
  }

  /** A message does not reach a peer that was here until now. It may be in its grace. */
  #giveUp(message: Envelope, now: number): void {
    if (message.awaiting === undefined) this.#keep(message, now);
    else this.#fail(message, now);
  }

  /** @param since when the message came in, where it has waited before. */
  #wait(message: Envelope, now: number, since = now): void {
    this.#tellExpired(this.#waiting.add(message, since, now), now);
  }

  #fail({ dst, awaiting }: Envelope, now: number): void {
    if (awaiting !== undefined) this.#expireAtOnce(awaiting, dst, now);
  }

  /** Answers a message that is not even kept, but not each of many: at most once a second for a `dst`. */
  #expireAtOnce(sender: string, absent: unknown, now: number): void {
    const shown = textOf(absent);
    if (shown === undefined || shown.length > MAX_ECHOED) return;
    const second = Math.floor(now / 1000);
    const { pairs } = this.#told;
    if (second !== this.#told.second) pairs.clear();
    this.#told.second = second;
    const pair = JSON.stringify([sender, shown]);
    if (pairs.has(pair) || pairs.size >= MAX_TOLD_PER_SECOND) return;
    pairs.add(pair);
    this.#tellExpired([{ sender, absent }], now);
  }

  #tellExpired(pairs: readonly { sender: string; absent: unknown }[], now: number): void {
    for (const { sender, absent } of pairs) {
      const requestId = this.#peers.get(sender)?.requestId;
      const name = typeof absent === 'string' ? absent : JSON.stringify(absent);
      this.#observer.observe({ event: 'message.expired', peer: sender, requestId, absent: name });
      this.#post(ownMessage(sender, expireFrame(sender, absent)), now);
    }
  }

  /**
   * Sends to a peer. Nobody knows whether it arrives, until the peer is heard: what the server itself
   * says, and says only once, is kept as well where the connection did not even take it.
   *
   * @returns whether the peer has a connection that took the frame.
   */
  #send(peer: Peer<C>, message: Envelope, now: number): boolean {
    let isTaken = true;
    try {
      peer.connection.send(message.frame);
    } catch {
      isTaken = false;
    }
    if (isTaken || message.type === undefined) {
      peer.unheard.add(message, now);
      this.#unheardInAll += message.frame.length;
    }
    return isTaken;
  }

  /** Whether so much more may be sent to a peer that may not be reading. One that does not is ended. */
  #hasRoomFor(peer: Peer<C>, { frame, type }: Envelope, now: number): boolean {
    const { length } = frame;
    if (this.#isBounded(peer, length)) return true;
    this.#lookForHeartbeat(peer);
    if (
      this.#unheardInAll + length > MAX_UNHEARD_IN_ALL &&
      now - this.#lookedAtAllAt > SILENCE_SWEEP_MS
    ) {
      this.#lookedAtAllAt = now;
      for (const other of [...this.#peers.values()]) {
        this.#lookForHeartbeat(other);
        if (other !== peer) this.#endIfSlow(other, now);
      }
    }
    if (this.#isBounded(peer, length)) return true;
    if (this.#endIfSlow(peer, now)) return false;
    // What the server itself says is small and rare, and is said only once.
    return type === undefined;
  }

  /** A method, not a function made anew for each message: wrangler's bundle names every such function. */
  #isBounded({ unheard }: Peer<C>, length: number): boolean {
    return (
      unheard.bytes + length <= MAX_UNHEARD &&
      (this.#unheardInAll + length <= MAX_UNHEARD_IN_ALL ||
        (unheard.bytes === 0 && length <= SMALL_FRAME))
    );
  }

  /**
   * Ends a peer that holds much and does not read. One that holds little is not to blame where there
   * is too much in all, however long ago it was heard: it may be of those who send no heartbeats.
   */
  #endIfSlow(peer: Peer<C>, now: number): boolean {
    const { bytes, since } = peer.unheard;
    if (bytes <= SMALL_FRAME || now - since <= SLOW_AFTER_MS) return false;
    this.#end(peer, 'lost', { code: SLOW, reason: 'slow' }, now);
    return true;
  }

  /** A message of a peer is dropped: its receiver is not there for it, and that much it may know. */
  #drop(peer: Peer<C>, fault: Fault, reason: RefusalReason, now: number, dst?: string): void {
    this.#observer.refused(reason);
    if (fault !== 'drop') {
      const { id, requestId } = peer;
      this.#observer.observe({ event: 'peer.limited', peer: id, requestId, reason });
    }
    if (fault === 'end' && isErrorReason(reason)) {
      this.#send(peer, ownMessage(peer.id, refusalFrame(reason)), now);
      this.#end(peer, 'left', { code: POLICY_VIOLATION, reason }, now);
    } else if (dst !== undefined && dst !== '') {
      this.#expireAtOnce(peer.id, dst, now);
    }
  }

  #seat(connection: C, record: PeerRecord): Peer<C> {
    const peer = new Peer(connection, record);
    this.#peers.set(peer.id, peer);
    this.#speakers.set(connection, peer);
    return peer;
  }

  /** Ends a session from our side: its socket is closed. */
  #end(peer: Peer<C>, kind: EndingKind, ending: Required<Ending>, now: number): void {
    this.#leave(peer, kind, ending, now);
    this.#toClose.delete(peer.connection);
    peer.connection.close(ending.code, ending.reason);
  }

  /** A peer is no longer connected, though its socket may be open still. */
  #leave(peer: Peer<C>, kind: EndingKind, ending: Ending, now: number): void {
    const { id, requestId } = peer;
    const seconds = secondsSince(peer.joinedAt, now);
    this.#observer.observe({ event: 'peer.left', peer: id, requestId, ...ending, seconds });
    const { messages: unheard, callers } = kind === 'lost' ? this.#unheardOf(peer) : NOTHING;
    this.#release(peer, now + CLOSE_MUTE_AFTER_MS);
    this.#peers.delete(id);
    this.#calls.forget(id);
    if (kind === 'lost' && this.#grace > 0) {
      const { token, isOwner } = peer;
      const until = now + this.#grace;
      this.#away.set(id, { id, token, isOwner, requestId, until, missed: [] });
      this.#rememberAway();
    } else if (kind !== 'left') {
      this.#tellGone([id], now);
    }
    for (const caller of callers) this.#expireAtOnce(caller, id, now);
    if (unheard.length === 0) return;
    // What waits already came after what was sent.
    const later = this.#waiting.take(id);
    for (const message of unheard) {
      if (message.type !== undefined) this.#wait(message, now);
      else if (this.#away.has(id)) this.#keep(message, now);
    }
    for (const { message, since } of later) this.#wait(message, now, since);
  }

  /**
   * What a peer may not have got on a socket that failed. Nobody has to be told of a candidate or an
   * answer that is lost where the offer before it was not: the connection is most likely made.
   */
  #unheardOf(peer: Peer<C>): LostWithSocket {
    this.#lookForHeartbeat(peer);
    const { messages, droppedCallers } = peer.unheard;
    const callers = new Set(
      messages.filter(({ type }) => type === 'OFFER').map(({ awaiting }) => awaiting),
    );
    return {
      messages: messages
        .filter(({ frame }) => frame !== OPEN)
        .map((message) =>
          callers.has(message.awaiting) ? message : { ...message, awaiting: undefined },
        ),
      callers: droppedCallers,
    };
  }

  /**
   * The pages of these peers are gone for good, and so are their graces. In a room the others are
   * told, those in their grace included.
   */
  #tellGone(gone: readonly string[], now: number): void {
    let isAwayChanged = false;
    for (const id of gone) isAwayChanged = this.#away.delete(id) || isAwayChanged;
    if (this.#policy.leaveGrace !== 'off') {
      for (const id of gone) {
        const frame = leaveFrame(id);
        // Whoever turns out to be lost while it is told goes from the ones to the others.
        const [connected, away] = [[...this.#peers.keys()], [...this.#away.keys()]];
        for (const other of connected) {
          if (other !== id) this.#deliver(ownMessage(other, frame), now, now);
        }
        for (const other of away) this.#miss(other, frame);
        isAwayChanged ||= away.length > 0;
      }
    }
    // Once for all of them: a room of a hundred may lose its network as one.
    if (isAwayChanged) this.#rememberAway();
  }

  /** A peer in its grace must not miss what the server itself has to say, as that another one has left. */
  #miss(id: string, frame: string): void {
    const away = this.#away.get(id);
    if (away === undefined) return;
    const missed = [...away.missed, frame].slice(-MAX_MISSED);
    this.#away.set(id, { ...away, missed });
  }

  /** Parts a peer from its connection, which is mute from now on and is closed at a time. */
  #release(peer: Peer<C>, closeAt: number | undefined): void {
    this.#unheardInAll -= peer.unheard.heardNow();
    this.#speakers.delete(peer.connection);
    this.#host.forget(peer.connection);
    this.#mute.add(peer.connection);
    if (closeAt !== undefined) this.#toClose.set(peer.connection, closeAt);
  }

  #closeMute(connection: C): void {
    if (this.#toClose.delete(connection)) connection.close(NORMAL, 'gave up its id');
  }

  get #grace(): number {
    const { leaveGrace } = this.#policy;
    return leaveGrace === 'off' ? 0 : leaveGrace;
  }

  #rememberAway(): void {
    const peers = [...this.#away.values()];
    this.#host.rememberAway(
      peers.map((peer) => ({ ...peer, until: this.#clock.toWall(peer.until) })),
    );
  }

  #remember(peer: Peer<C>): void {
    const record = peer.record(this.#calls.of(peer.id));
    this.#host.remember(
      peer.connection,
      shifted(record, (time) => this.#clock.toWall(time)),
    );
  }

  #hear(peer: Peer<C>, now: number): void {
    peer.heardAt = now;
    this.#unheardInAll -= peer.unheard.heardNow();
    if (now - peer.recordedAt < REMEMBER_EVERY_MS) return;
    peer.recordedAt = now;
    this.#remember(peer);
  }

  #hasSpoken(peer: Peer<C>): void {
    peer.hasSpoken = true;
    peer.offeredAt = undefined;
    if (this.#policy.leaveGrace !== 'off') this.#remember(peer);
  }

  /** Whoever is asked for data and has never spoken may turn out to be nobody. */
  #noteOffer({ dst, payload }: ClientMessage, now: number): void {
    if (this.#policy.leaveGrace === 'off') return;
    const peer = this.#peers.get(dst);
    if (peer === undefined || peer.hasSpoken || peer.offeredAt !== undefined) return;
    // A call with sound and picture waits for a person to accept it, data for nobody.
    const isData = (payload as { type?: unknown } | null | undefined)?.type === 'data';
    if (!isData) return;
    peer.offeredAt = now;
    this.#remember(peer);
  }

  /** Heartbeats pass the room by, so it asks for the last one. */
  #lookForHeartbeat(peer: Peer<C>): void {
    const wall = this.#host.lastHeartbeatAt(peer.connection);
    if (wall === undefined) return;
    const at = this.#clock.fromWall(wall);
    peer.heardAt = Math.max(peer.heardAt, at);
    this.#unheardInAll -= peer.unheard.heard(at);
  }

  /** Whether a peer has not been heard for so long that others may have its id and seat. */
  #isSilent(peer: Peer<C>, now: number): boolean {
    const { aliveTimeout } = this.#policy;
    if (now - peer.heardAt <= aliveTimeout) return false;
    this.#lookForHeartbeat(peer);
    return now - peer.heardAt > aliveTimeout;
  }

  /**
   * Whether a peer that seems connected is not: its network was lost without a word. Silence says so
   * only of those who have sent heartbeats. Clients for Python and Android may send none.
   */
  #isLost(peer: Peer<C>, now: number): boolean {
    if (!this.#isSilent(peer, now)) return false;
    return peer.sendsOwnHeartbeats || this.#host.lastHeartbeatAt(peer.connection) !== undefined;
  }

  #endSilentPeers(now: number): void {
    if (now - this.#sweptAt < SILENCE_SWEEP_MS) return;
    this.#sweptAt = now;
    for (const peer of [...this.#peers.values()]) {
      if (this.#isSilent(peer, now)) {
        this.#end(peer, 'gone', { code: SILENT, reason: 'silent' }, now);
      }
    }
  }

  /** Makes room for a newcomer: at the cost of who has been away for the longest, else of a ghost. */
  #giveAwaySeat(now: number): void {
    const [longestAway] = this.#away.keys();
    if (longestAway !== undefined) {
      this.#tellGone([longestAway], now);
      return;
    }
    for (const peer of this.#peers.values()) {
      if (peer.offeredAt === undefined || now - peer.offeredAt < GHOST_AFTER_MS) continue;
      this.#end(peer, 'gone', { code: SILENT, reason: 'silent' }, now);
      return;
    }
  }

  /** Whether an id goes to and fro between two pages that are both there. */
  #isContested(peer: Peer<C>, now: number): boolean {
    return recentTakeovers(peer, now).length >= MAX_TAKEOVERS;
  }
}

function ownMessage(dst: string, frame: string): Envelope {
  return { dst, awaiting: undefined, frame };
}

/** A record with its times on another clock. */
function shifted(record: PeerRecord, to: (time: number) => number): PeerRecord {
  return {
    ...record,
    heardAt: to(record.heardAt),
    joinedAt: to(record.joinedAt),
    offeredAt: record.offeredAt === undefined ? undefined : to(record.offeredAt),
    takeovers: record.takeovers?.map(to),
    calls: record.calls?.map(([callee, at]) => [callee, to(at)] as const),
  };
}

/** Undefined for what is nested too deeply, though it could be read: JSON.stringify is recursive. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function secondsSince(start: number, now: number): number {
  return Math.max(0, Math.round((now - start) / 1000));
}

function recentTakeovers({ takeovers }: { takeovers: readonly number[] }, now: number): number[] {
  return takeovers.filter((at) => now - at < TAKEOVER_WINDOW_MS);
}

/** Whether a peer may have an id that another one holds which is connected. */
function mayTakeOver(holder: Claim, claim: Claim): boolean {
  return claim.token === holder.token || claim.isOwner;
}

/**
 * Whether a peer may have an id that is in its grace: the same page that comes back, or one that was
 * reloaded. An id that was signed for its owner is the owner's, there too.
 */
function mayResume(away: Claim, claim: Claim): boolean {
  return mayTakeOver(away, claim) || !away.isOwner;
}
