import { expireFrame, OPEN } from '../protocol/messages.ts';
import { isValidId } from '../protocol/names.ts';
import type { CallsInVain } from './CallsInVain.ts';
import type { Context } from './Context.ts';
import { type Message, movedAt, ownMessage, passingMessage } from './Message.ts';
import { OncePerSecond } from './OncePerSecond.ts';
import type { Missed, Outgoing } from './Outgoing.ts';
import type { ConnectedPeer, Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';
import { type Pair, WaitingMessages } from './WaitingMessages.ts';

/** Characters of a `dst` that an EXPIRE repeats. A longer one, which nobody has, gets no answer. */
const MAX_ECHOED = 8192;

/** Where each message goes: to its peer, into the queue, or back to its sender as an EXPIRE. */
export class Delivery<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #outgoing: Outgoing<C>;
  readonly #calls: CallsInVain;
  /** Undefined until a message waits: most rooms never have one. */
  #waiting: WaitingMessages | undefined;
  readonly #told = new OncePerSecond();

  constructor(context: Context<C>, seats: Seats<C>, outgoing: Outgoing<C>, calls: CallsInVain) {
    this.#context = context;
    this.#seats = seats;
    this.#outgoing = outgoing;
    this.#calls = calls;
  }

  /** When `expireWaiting` is due. Undefined: never. */
  get nextDeadline(): number | undefined {
    return this.#waiting?.nextDeadline;
  }

  /** Sends a message on its way, here or to another part of this realm. */
  post(message: Message, now: number): void {
    const { runtime } = this.#context;
    if (runtime.isElsewhere?.(message.dst)) runtime.forward(message);
    else this.deliver(message, now);
  }

  /** Delivers a message to its peer, or keeps it until the peer comes. */
  deliver(message: Message, now: number): void {
    const { type, dst, awaiting, since } = message;
    const peer = this.#seats.find(dst);
    if (peer?.state !== 'connected') {
      this.#keep(message, peer, now);
      return;
    }
    const outcome = this.#outgoing.send(peer, message, now);
    switch (outcome) {
      case 'sent':
        if (type === undefined) return;
        if (type === 'OFFER') peer.guard(now).owe(now);
        if (awaiting !== undefined) this.#calls.reached(awaiting, dst);
        this.#context.observer.relayed(type, awaiting, dst, now - since);
        return;
      case 'broken':
        if (type !== undefined) this.#wait(movedAt(message, now), now);
        return;
      case 'refused':
        // The peer may have been put into its grace period just now.
        if (awaiting === undefined) this.#keep(message, this.#seats.find(dst), now);
        else this.expireAtOnce(awaiting, dst, now);
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Tells the sender that a message will never be delivered. */
  fail({ dst, awaiting }: Message, now: number): void {
    if (awaiting !== undefined) this.expireAtOnce(awaiting, dst, now);
  }

  /**
   * Tells a peer at once that its message will not be delivered. Many messages to one `dst` get one
   * answer a second.
   *
   * @param absent the `dst`, which is not always a text.
   */
  expireAtOnce(sender: string, absent: unknown, now: number): void {
    const text = textOf(absent);
    if (text === undefined || text.length > MAX_ECHOED) return;
    if (this.#told.take(sender, text, now)) this.#tellExpired(sender, absent, now);
  }

  /** Sends EXPIRE to the senders of the messages that have waited long enough. */
  expireWaiting(now: number): void {
    if (this.#waiting !== undefined) this.#tellAll(this.#waiting.expire(now), now);
  }

  /** Tells a peer that it has joined, and sends it what it missed and then what waits for it. */
  welcome(peer: ConnectedPeer<C>, { messages, callers }: Missed, now: number): void {
    const { id } = peer;
    this.#outgoing.push(peer, passingMessage(id, OPEN, now));
    const waited = this.#waiting?.take(id) ?? [];
    for (const message of messages) this.deliver(movedAt(message, now), now);
    for (const caller of callers) this.expireAtOnce(caller, id, now);
    for (const message of waited) this.deliver(message, now);
  }

  /** A peer has left. The messages that it may have missed wait for it, before those that wait already. */
  peerLeft(id: string, { messages, callers }: Missed, now: number): void {
    this.#calls.forget(id);
    for (const caller of callers) this.expireAtOnce(caller, id, now);
    if (messages.length === 0) return;
    const waited = this.#waiting?.take(id) ?? [];
    for (const message of messages) {
      if (message.type !== undefined) this.#wait(movedAt(message, now), now);
      else this.#keep(message, this.#seats.find(id), now);
    }
    for (const message of waited) this.#wait(message, now);
  }

  /** Keeps a message for a peer that is not connected, if the message may wait. */
  #keep(message: Message, peer: Peer<C> | undefined, now: number): void {
    const { type, dst, awaiting, frame } = message;
    const isAway = peer?.state === 'away';
    if (isAway && type === undefined) {
      this.#seats.keepMissed(peer, frame);
      this.#seats.persistAway();
    } else if (awaiting === undefined ? isAway : this.#mayWait(awaiting, dst, now)) {
      this.#wait(message, now);
    } else {
      this.fail(message, now);
    }
  }

  #mayWait(caller: string, callee: string, now: number): boolean {
    if (this.#waiting?.has(callee, caller)) return true;
    if (!isValidId(callee) || !this.#calls.mayWait(caller, callee, now)) return false;
    const peer = this.#seats.find(caller);
    // The calls of a peer are in its record.
    if (peer?.state === 'connected') this.#seats.persist(peer);
    return true;
  }

  #wait(message: Message, now: number): void {
    this.#waiting ??= new WaitingMessages(this.#context.policy.waiting);
    this.#tellAll(this.#waiting.add(message, now), now);
  }

  #tellAll(pairs: readonly Pair[], now: number): void {
    for (const { sender, absent } of pairs) this.#tellExpired(sender, absent, now);
  }

  #tellExpired(sender: string, absent: unknown, now: number): void {
    const requestId = this.#seats.find(sender)?.requestId;
    const name = typeof absent === 'string' ? absent : JSON.stringify(absent);
    const { observer } = this.#context;
    observer.observe({ event: 'message.expired', peer: sender, requestId, absent: name });
    this.post(ownMessage(sender, expireFrame(sender, absent), now), now);
  }
}

/** Undefined for a value that is nested too deeply: JSON.stringify is recursive, JSON.parse is not. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
