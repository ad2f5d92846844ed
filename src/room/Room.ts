import { REPLACED } from '../protocol/closeCodes.ts';
import {
  type ClientMessage,
  expireFrame,
  leaveFrame,
  OPEN,
  relayFrame,
} from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';
import { MALFORMED, parseClientMessage, UNKNOWN_TYPE } from '../protocol/validator.ts';
import { type Pair, type WaitingLimits, WaitingMessages } from './WaitingMessages.ts';

/** One socket, as far as a room needs it. A `WebSocket` is one. */
export interface Connection {
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** What differs between a room and a realm. */
export interface RoomPolicy {
  /** Peers at most, counting those in their grace. */
  readonly capacity: number;
  /** What the peer that is one too many is told. */
  readonly refusalWhenFull: RefusalReason;
  /**
   * Milliseconds that a peer whose socket is gone keeps its id and seat before the others get
   * LEAVE. `off`: its id and seat are free at once, and nobody gets LEAVE.
   */
  readonly leaveGrace: number | 'off';
  readonly waiting: WaitingLimits;
}

/** What a room tells the one who holds its sockets. */
export interface RoomHost<C extends Connection> {
  /** The connection speaks for nobody any more. This must outlive the room's memory. */
  released(connection: C): void;
}

interface Peer<C extends Connection> {
  readonly id: string;
  readonly token: string;
  /** Undefined during the grace after its socket has gone. */
  connection: C | undefined;
}

/**
 * The peers of one room or realm, and every rule of how they join, speak and leave. Plain
 * TypeScript: sockets are handed in, the time is an argument, and the one timer it needs is run by
 * its host (`nextDeadline`, `runDeadlines`).
 */
export class Room<C extends Connection> {
  readonly #policy: RoomPolicy;
  readonly #host: RoomHost<C>;
  readonly #peers = new Map<string, Peer<C>>();
  /** Who speaks on a connection. One that is not in here has been replaced or has left: it is mute. */
  readonly #speakers = new Map<C, Peer<C>>();
  /** When a grace ends. In that order, as all are equally long and a map keeps its order. */
  readonly #graceEnds = new Map<Peer<C>, number>();
  readonly #waiting: WaitingMessages;

  constructor(policy: RoomPolicy, host: RoomHost<C>) {
    this.#policy = policy;
    this.#host = host;
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

  /** The ids of the peers that are connected now. */
  list(): string[] {
    const ids = [];
    for (const peer of this.#peers.values()) {
      if (peer.connection !== undefined) ids.push(peer.id);
    }
    return ids;
  }

  /** Puts back a peer that was connected before the room lost its memory. */
  restore(connection: C, id: string, token: string): void {
    this.#seat(connection, id, token);
  }

  /** Whether a peer has to be turned away, and why. Asked before its socket is accepted. */
  refusalFor(id: string, token: string): RefusalReason | undefined {
    const holder = this.#peers.get(id);
    if (holder === undefined) {
      return this.#peers.size < this.#policy.capacity ? undefined : this.#policy.refusalWhenFull;
    }
    const isAnothers = holder.connection !== undefined && holder.token !== token;
    return isAnothers ? 'id-taken' : undefined;
  }

  /**
   * Registers a peer that `refusalFor` lets in, and delivers what has waited for it.
   *
   * The same id and token takes over silently: from its older socket, which is closed and can no
   * longer speak, or from its grace. Another token in the grace is a page that was reloaded, since
   * PeerJS makes a new token each time. It gets the id and the seat at once, but the connections of
   * the page before are dead, so the others get LEAVE for that one first.
   */
  join(connection: C, id: string, token: string, now: number): void {
    const holder = this.#peers.get(id);
    if (holder !== undefined) {
      if (holder.token === token) this.#replace(holder);
      else this.#remove(holder, now);
    }
    const peer = this.#seat(connection, id, token);
    this.#send(peer, OPEN, now);
    for (const frame of this.#waiting.take(id)) this.#deliver(id, undefined, frame, now);
  }

  /** Handles one frame from a client. Whatever it holds, nobody but its `dst` is affected. */
  receive(connection: C, frame: string | ArrayBuffer, now: number): void {
    const sender = this.#speakers.get(connection);
    if (sender === undefined) return;
    const message = parseClientMessage(frame);
    if (message === MALFORMED || message === UNKNOWN_TYPE) return;

    switch (message.type) {
      case 'HEARTBEAT':
        return;
      case 'OFFER':
      case 'ANSWER':
      case 'CANDIDATE':
        if (message.dst !== '') this.#relay(sender, message, now);
        return;
      case 'EXPIRE':
        if (this.#peers.has(message.dst)) this.#relay(sender, message, now);
        return;
      case 'LEAVE':
        // To nobody in particular: the peer gives up its id, yet its socket stays open.
        if (message.dst === '') this.#remove(sender, now);
        else if (this.#peers.has(message.dst)) this.#relay(sender, message, now);
        return;
      default:
        message.type satisfies never;
    }
  }

  /** A socket is gone, for whatever reason. Its peer may come back within the grace. */
  disconnect(connection: C, now: number): void {
    const peer = this.#speakers.get(connection);
    if (peer === undefined) return;
    const { leaveGrace } = this.#policy;
    if (leaveGrace === 'off' || leaveGrace === 0) {
      this.#remove(peer, now);
      return;
    }
    this.#release(peer);
    this.#graceEnds.set(peer, now + leaveGrace);
  }

  /** Ends every grace and every wait whose time has come. */
  runDeadlines(now: number): void {
    for (const [peer, end] of this.#graceEnds) {
      if (end > now) break;
      this.#remove(peer, now);
    }
    this.#tellExpired(this.#waiting.expire(now), now);
  }

  #seat(connection: C, id: string, token: string): Peer<C> {
    const peer: Peer<C> = { id, token, connection };
    this.#peers.set(id, peer);
    this.#speakers.set(connection, peer);
    return peer;
  }

  /** Makes way for the same peer on a newer socket. */
  #replace(peer: Peer<C>): void {
    this.#graceEnds.delete(peer);
    const older = peer.connection;
    if (older === undefined) return;
    this.#release(peer);
    older.close(REPLACED, 'replaced');
  }

  /** The peer is gone for good. In a room the others are told, those in their grace included. */
  #remove(peer: Peer<C>, now: number): void {
    this.#release(peer);
    this.#graceEnds.delete(peer);
    this.#peers.delete(peer.id);
    if (this.#policy.leaveGrace === 'off') return;
    const frame = leaveFrame(peer.id);
    for (const other of this.#peers.values()) this.#deliver(other.id, undefined, frame, now);
  }

  /** Takes a peer's connection away from it: from now on the connection is mute. */
  #release(peer: Peer<C>): void {
    if (peer.connection === undefined) return;
    this.#speakers.delete(peer.connection);
    this.#host.released(peer.connection);
    peer.connection = undefined;
  }

  #relay(sender: Peer<C>, message: ClientMessage, now: number): void {
    // Only these are worth an EXPIRE to their sender (the official server's list).
    const isAwaited = message.type !== 'LEAVE' && message.type !== 'EXPIRE';
    const frame = relayFrame(message, sender.id);
    this.#deliver(message.dst, isAwaited ? sender.id : undefined, frame, now);
  }

  /**
   * Sends a frame to a peer, or keeps it until the peer comes.
   *
   * @param sender who is told if the peer never comes.
   */
  #deliver(dst: string, sender: string | undefined, frame: string, now: number): void {
    const peer = this.#peers.get(dst);
    if (peer !== undefined && this.#send(peer, frame, now)) return;
    this.#tellExpired(this.#waiting.add(dst, sender, frame, now), now);
  }

  #isInGrace(id: string): boolean {
    const peer = this.#peers.get(id);
    return peer !== undefined && peer.connection === undefined;
  }

  #tellExpired(pairs: Pair[], now: number): void {
    for (const { sender, absent } of pairs) {
      const peer = this.#peers.get(sender);
      if (peer !== undefined) this.#deliver(sender, undefined, expireFrame(sender, absent), now);
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
      this.disconnect(connection, now);
      return false;
    }
  }
}
