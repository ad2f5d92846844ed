import { type ClientMessage, type RelayedType, relayFrame } from '../protocol/messages.ts';
import {
  IGNORED,
  isLargerThan,
  MALFORMED,
  Misaddressed,
  parseClientMessage,
} from '../protocol/parseClientMessage.ts';
import { peekDst } from '../protocol/peekDst.ts';
import { isErrorReason, type RefusalReason } from '../protocol/refusals.ts';
import type { Context } from './Context.ts';
import type { Delivery } from './Delivery.ts';
import type { Leaving } from './Leaving.ts';
import type { Liveness } from './Liveness.ts';
import type { Members } from './Members.ts';
import type { Fault } from './MessageGuard.ts';
import type { PayloadRelay } from './PayloadRelay.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { RoomRequests } from './RoomRequests.ts';
import type { Connection } from './RoomRuntime.ts';

/** Handles the frames of clients. Whatever a frame holds, it affects nobody but its `dst`. */
export class Receiving<C extends Connection> {
  readonly #context: Context<C>;
  readonly #liveness: Liveness<C>;
  readonly #delivery: Delivery<C>;
  readonly #leaving: Leaving<C>;
  readonly #members: Members<C>;
  readonly #requests: RoomRequests<C>;
  /** Undefined where RELAY frames are off. */
  readonly #payloads: PayloadRelay<C> | undefined;

  constructor(
    context: Context<C>,
    liveness: Liveness<C>,
    delivery: Delivery<C>,
    leaving: Leaving<C>,
    members: Members<C>,
    requests: RoomRequests<C>,
    payloads: PayloadRelay<C> | undefined,
  ) {
    this.#context = context;
    this.#liveness = liveness;
    this.#delivery = delivery;
    this.#leaving = leaving;
    this.#members = members;
    this.#requests = requests;
    this.#payloads = payloads;
  }

  /**
   * Handles one frame.
   *
   * @param length of the whole, where this is the end of it alone.
   */
  receive(
    sender: ConnectedPeer<C>,
    frame: string | ArrayBuffer,
    now: number,
    length?: number,
  ): void {
    this.#liveness.hear(sender, now);
    this.#members.noteHeard(sender, now);

    const size = length ?? (typeof frame === 'string' ? frame.length : frame.byteLength);
    const verdict = sender.guard(now).count(size, now);
    if (verdict !== 'pass') {
      this.#drop(sender, verdict, 'rate-limit-exceeded', now, peekDst(frame));
      return;
    }
    if (length !== undefined || isLargerThan(this.#context.policy.maxMessageBytes, frame)) {
      this.#drop(sender, 'drop-first', 'message-too-large', now, peekDst(frame));
      return;
    }
    const message = parseClientMessage(frame);
    if (message === IGNORED) return;
    if (message === MALFORMED) {
      this.#drop(sender, sender.guard(now).countMalformed(now), 'invalid-message', now);
    } else if (message instanceof Misaddressed) {
      this.#delivery.expireAtOnce(sender.id, message.dst, now);
    } else {
      this.#handle(sender, message, now);
    }
  }

  /** Takes a ROOM frame as sent, with which a peer asks to be told of the room. */
  askForRoom(sender: ConnectedPeer<C>, now: number): void {
    this.#request(sender, undefined, now);
  }

  #request(sender: ConnectedPeer<C>, payload: unknown, now: number): void {
    if (this.#context.policy.hasMembers) this.#requests.handle(sender, payload, now);
  }

  #handle(sender: ConnectedPeer<C>, message: ClientMessage, now: number): void {
    const { dst } = message;
    if (message.type !== 'HEARTBEAT') this.#liveness.noteSpeech(sender);
    switch (message.type) {
      case 'HEARTBEAT':
        this.#liveness.noteOwnHeartbeat(sender);
        return;
      case 'ROOM':
        this.#request(sender, message.payload, now);
        return;
      case 'RELAY':
        this.#payloads?.relay(sender, message, now);
        return;
      case 'OFFER':
        if (dst === '') return;
        this.#context.observer.offered();
        this.#relay(sender, message.type, message, sender.id, now);
        this.#liveness.noteOffer(message, now);
        return;
      case 'ANSWER':
      case 'CANDIDATE':
        if (dst !== '') this.#relay(sender, message.type, message, sender.id, now);
        return;
      case 'EXPIRE':
        this.#relay(sender, message.type, message, undefined, now);
        return;
      case 'LEAVE':
        // Without a `dst`: the page is about to go, and its socket is still open.
        if (dst === '') this.#leaving.leave(sender, 'gone', { reason: 'gave up its id' }, now);
        else this.#relay(sender, message.type, message, undefined, now);
        return;
      default:
        message.type satisfies never;
    }
  }

  /** @param awaiting the peer that gets EXPIRE if the message is never delivered. */
  #relay(
    sender: ConnectedPeer<C>,
    type: RelayedType,
    message: ClientMessage,
    awaiting: string | undefined,
    now: number,
  ): void {
    const { dst } = message;
    const frame = relayFrame(message, sender.id, sender.frameHead);
    if (frame === undefined) {
      this.#drop(sender, sender.guard(now).countMalformed(now), 'invalid-message', now, dst);
    } else {
      this.#delivery.post({ type, dst, awaiting, frame, since: now }, now);
    }
  }

  /**
   * Drops a frame. At an ERROR PeerJS would give up the session, so the peer only learns that its
   * message did not reach its `dst`, unless the fault is one that ends the session.
   */
  #drop(
    peer: ConnectedPeer<C>,
    fault: Fault,
    reason: RefusalReason,
    now: number,
    dst?: string,
  ): void {
    const { observer } = this.#context;
    const { id, requestId } = peer;
    observer.dropped(reason);
    if (fault !== 'drop') observer.observe({ event: 'peer.limited', peer: id, requestId, reason });
    if (fault === 'end' && isErrorReason(reason)) {
      this.#leaving.expel(peer, reason, now);
    } else if (dst !== undefined && dst !== '') {
      this.#delivery.expireAtOnce(id, dst, now);
    }
  }
}
