import { SLOW } from '../protocol/closeCodes.ts';
import type { Context } from './Context.ts';
import { type EndSession, SILENCE } from './endings.ts';
import type { Liveness } from './Liveness.ts';
import { type Message, movedAt, ownMessage } from './Message.ts';
import type { ConnectedPeer, Peer } from './Peer.ts';
import type { Connection, Unsent } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** Characters that may be sent to a peer until it is heard again: twice the largest message. */
const MAX_UNHEARD = 2 * 1_048_576;
/** The same for all peers together. */
const MAX_UNHEARD_IN_ALL = 48 * 1_048_576;
/** A frame of this length is always sent to a peer that has nothing unheard. */
const SMALL_FRAME = 16_384;
/** A peer that is over the bound and silent for this long does not read: heartbeats come every 5 s. */
const SLOW_AFTER_MS = 10_000;
/** Bytes that may wait for a client to take them, where the platform reports them. */
const MAX_UNSENT = MAX_UNHEARD;
/** The same for all clients of a process. */
const MAX_UNSENT_IN_ALL = 64 * 1_048_576;
/** How often all peers may be looked at for heartbeats. */
const LOOK_AT_ALL_EVERY_MS = 1000;

/** The messages that a peer may have missed because its socket failed or is gone. */
export interface Missed {
  /** To be sent again. */
  readonly messages: readonly Message[];
  /** The peers that have to be told that their offers are lost. */
  readonly callers: readonly string[];
}

export const NOTHING_MISSED: Missed = { messages: [], callers: [] };

/**
 * - `sent`: the socket took the message. Nobody knows whether it arrives until the peer is heard.
 * - `broken`: the socket threw. It is closing, and the runtime has not yet said why.
 * - `refused`: no more may be sent to the peer. Its session may have been ended just now.
 */
type SendOutcome = 'sent' | 'broken' | 'refused';

/** Sends messages to connected peers, and bounds what a peer may leave unread. */
export class Outgoing<C extends Connection> {
  readonly #unsent: Unsent<C> | undefined;
  readonly #seats: Seats<C>;
  readonly #liveness: Liveness<C>;
  readonly #end: EndSession<C>;
  #lookedAtAllAt = Number.NEGATIVE_INFINITY;

  /** @param end is called for a peer that turns out to be lost, or not to read. */
  constructor({ runtime }: Context<C>, seats: Seats<C>, liveness: Liveness<C>, end: EndSession<C>) {
    this.#unsent = runtime.unsent;
    this.#seats = seats;
    this.#liveness = liveness;
    this.#end = end;
  }

  /** Sends a message to a peer, unless the peer is lost or does not read. */
  send(peer: ConnectedPeer<C>, message: Message, now: number): SendOutcome {
    if (this.#liveness.isLost(peer, now)) {
      this.#end(peer, 'lost', SILENCE, now);
      return 'refused';
    }
    if (!this.#hasRoomFor(peer, message, now)) return 'refused';
    return this.push(peer, movedAt(message, now)) ? 'sent' : 'broken';
  }

  /**
   * Sends a message without asking whether the peer reads. The server sends a message of its own only
   * once, so it is kept to be sent again even if the socket did not take it.
   *
   * @returns whether the socket took the message.
   */
  push(peer: ConnectedPeer<C>, message: Message): boolean {
    let isTaken = true;
    try {
      peer.connection.send(message.frame);
    } catch {
      isTaken = false;
    }
    if (isTaken || message.type === undefined) peer.unheard.add(message);
    return isTaken;
  }

  /**
   * What a peer may have missed. If an offer arrived, nobody is told that a candidate or an answer
   * after it is lost: the connection is most likely made.
   */
  missedBy(peer: Peer<C>, now: number): Missed {
    if (peer.state === 'away') {
      const messages = peer.missed.map((frame) => ownMessage(peer.id, frame, now));
      return { messages, callers: [] };
    }
    this.#liveness.lookForHeartbeat(peer);
    const { messages, droppedCallers } = peer.unheard;
    const callers = new Set(
      messages.filter(({ type }) => type === 'OFFER').map(({ awaiting }) => awaiting),
    );
    return {
      messages: messages.map((message) =>
        callers.has(message.awaiting) ? message : { ...message, awaiting: undefined },
      ),
      callers: droppedCallers,
    };
  }

  /** Whether a message may be sent to a peer that may not be reading. A peer that is not is ended. */
  #hasRoomFor(peer: ConnectedPeer<C>, { frame, type }: Message, now: number): boolean {
    const { length } = frame;
    if (this.#unsent !== undefined) {
      if (this.#isTaken(peer, length, this.#unsent, now)) return true;
      return !this.#endIfBackedUp(peer, now) && type === undefined;
    }
    if (this.#isBounded(peer, length)) return true;
    this.#liveness.lookForHeartbeat(peer);
    if (this.#seats.unheardInAll + length > MAX_UNHEARD_IN_ALL) this.#lookAtAllBut(peer, now);
    if (this.#isBounded(peer, length)) return true;
    if (this.#endIfSlow(peer, now)) return false;
    // A message of the server itself is small and rare, and is said only once.
    return type === undefined;
  }

  /**
   * Whether a client takes what is sent to it, so that more may be. A frame of any size may go to one
   * that has taken everything.
   */
  #isTaken(peer: ConnectedPeer<C>, length: number, unsent: Unsent<C>, now: number): boolean {
    const bytes = unsent.of(peer.connection);
    const isTaken =
      bytes === 0 || (bytes + length <= MAX_UNSENT && unsent.inAll() <= MAX_UNSENT_IN_ALL);
    if (isTaken) peer.backedUpSince = undefined;
    else peer.backedUpSince ??= now;
    return isTaken;
  }

  /** Ends a peer whose client has left messages unread for a while. */
  #endIfBackedUp(peer: ConnectedPeer<C>, now: number): boolean {
    if (now - (peer.backedUpSince ?? now) <= SLOW_AFTER_MS) return false;
    this.#end(peer, 'lost', { code: SLOW, reason: 'slow' }, now);
    return true;
  }

  #isBounded({ unheard }: ConnectedPeer<C>, length: number): boolean {
    return (
      unheard.characters + length <= MAX_UNHEARD &&
      (this.#seats.unheardInAll + length <= MAX_UNHEARD_IN_ALL ||
        (unheard.characters === 0 && length <= SMALL_FRAME))
    );
  }

  #lookAtAllBut(peer: ConnectedPeer<C>, now: number): void {
    if (now - this.#lookedAtAllAt <= LOOK_AT_ALL_EVERY_MS) return;
    this.#lookedAtAllAt = now;
    for (const other of this.#seats.connected) {
      this.#liveness.lookForHeartbeat(other);
      if (other !== peer) this.#endIfSlow(other, now);
    }
  }

  /**
   * Ends a peer that does not read. A peer that has little unheard is not to blame for too much in
   * all, however long ago it was heard: it may be one that sends no heartbeats.
   */
  #endIfSlow(peer: ConnectedPeer<C>, now: number): boolean {
    const { characters, since } = peer.unheard;
    if (characters <= SMALL_FRAME || now - since <= SLOW_AFTER_MS) return false;
    this.#end(peer, 'lost', { code: SLOW, reason: 'slow' }, now);
    return true;
  }
}
