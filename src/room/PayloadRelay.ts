import { type ClientMessage, relayPayloadFrame } from '../protocol/messages.ts';
import type { RoomRefusal } from '../protocol/roomRefusals.ts';
import type { Announcements } from './Announcements.ts';
import type { Context } from './Context.ts';
import { roomError } from './ManagedRooms.ts';
import { OncePerSecond } from './OncePerSecond.ts';
import type { Outgoing } from './Outgoing.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** What one member may send to others by RELAY frames in a second. As much may come at once. */
const MESSAGES_PER_SECOND = 20;
const BYTES_PER_SECOND = 65_536;

/** What a member may send at this moment. */
interface Budget {
  messages: number;
  bytes: number;
  filledAt: number;
}

/**
 * Passes on RELAY frames, by which members talk to each other where no direct connection can be made:
 * to one of them or to all, in order. Nothing waits for a member that is not there, and nothing is sent again.
 */
export class PayloadRelay<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #outgoing: Outgoing<C>;
  readonly #announcements: Announcements<C>;
  /** Undefined until a RELAY frame comes: most rooms never need it. */
  #budgets: WeakMap<ConnectedPeer<C>, Budget> | undefined;
  readonly #told = new OncePerSecond();

  constructor(
    context: Context<C>,
    seats: Seats<C>,
    outgoing: Outgoing<C>,
    announcements: Announcements<C>,
  ) {
    this.#context = context;
    this.#seats = seats;
    this.#outgoing = outgoing;
    this.#announcements = announcements;
  }

  /** Passes a message on. Its `dst` is empty if it is for all others. */
  relay(sender: ConnectedPeer<C>, { dst, payload }: ClientMessage, now: number): void {
    const frameFor = relayPayloadFrame(sender.id, payload);
    if (frameFor === undefined || !this.#take(sender, frameFor.bytes, now)) {
      this.#refuse(sender, 'relay-limit-exceeded', now);
      return;
    }
    const others = this.#seats.connected.filter(({ id }) => id !== sender.id);
    const receivers = dst === '' ? others : others.filter(({ id }) => id === dst);
    if (dst !== '' && receivers.length === 0) this.#refuse(sender, 'no-such-peer', now);
    for (const peer of receivers) {
      const message = {
        type: 'RELAY',
        dst: peer.id,
        awaiting: undefined,
        frame: frameFor.frame(peer.id),
        since: now,
        isPassing: true,
      } as const;
      if (this.#outgoing.send(peer, message, now) !== 'sent') continue;
      this.#context.observer.relayed('RELAY', sender.id, peer.id, 0);
    }
  }

  #take(sender: ConnectedPeer<C>, bytes: number, now: number): boolean {
    this.#budgets ??= new WeakMap();
    let budget = this.#budgets.get(sender);
    if (budget === undefined) {
      budget = { messages: MESSAGES_PER_SECOND, bytes: BYTES_PER_SECOND, filledAt: now };
      this.#budgets.set(sender, budget);
    }
    const seconds = (now - budget.filledAt) / 1000;
    budget.filledAt = now;
    budget.messages = Math.min(
      MESSAGES_PER_SECOND,
      budget.messages + seconds * MESSAGES_PER_SECOND,
    );
    budget.bytes = Math.min(BYTES_PER_SECOND, budget.bytes + seconds * BYTES_PER_SECOND);
    if (budget.messages < 1 || budget.bytes < bytes) return false;
    budget.messages -= 1;
    budget.bytes -= bytes;
    return true;
  }

  /** At an ERROR PeerJS would give up. A ROOM frame it ignores. */
  #refuse(sender: ConnectedPeer<C>, type: RoomRefusal, now: number): void {
    if (!this.#told.take(sender.id, type, now)) return;
    this.#announcements.refuse(sender, undefined, roomError(type), now);
  }
}
