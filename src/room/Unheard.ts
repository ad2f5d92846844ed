import type { Envelope } from './Envelope.ts';

interface Sent {
  readonly message: Envelope;
  readonly at: number;
}

/** Frames that are kept to be sent again. A handshake has fewer. */
const MAX_KEPT = 64;
/** Callers whose offers are no longer kept, and who can be told so. */
const MAX_CALLERS = 256;

/**
 * What was sent to a peer since it was last heard. Nobody knows whether any of it arrived: the socket
 * may be dead, or the client may have stopped reading, and the platform tells neither
 * (there is no `bufferedAmount`).
 */
export class Unheard {
  #sent: Sent[] = [];
  /** Whose offers are no longer kept, with the time of the last. */
  readonly #dropped = new Map<string, number>();
  #bytes = 0;
  #since = 0;

  /** Characters that were sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the first of it was sent. */
  get since(): number {
    return this.#since;
  }

  add(message: Envelope, now: number): void {
    if (this.#bytes === 0) this.#since = now;
    this.#bytes += message.frame.length;
    if (this.#sent.length === MAX_KEPT) this.#dropOldest();
    this.#sent.push({ message, at: now });
  }

  #dropOldest(): void {
    const oldest = this.#sent.shift();
    const caller = oldest?.message.type === 'OFFER' ? oldest.message.awaiting : undefined;
    if (oldest === undefined || caller === undefined) return;
    if (this.#dropped.size < MAX_CALLERS) this.#dropped.set(caller, oldest.at);
  }

  /**
   * The peer was heard: what was sent before has arrived.
   *
   * @returns the characters that are no longer unheard.
   */
  heard(at: number): number {
    if (this.#bytes === 0) return 0;
    const before = this.#bytes;
    this.#sent = this.#sent.filter((sent) => sent.at >= at);
    this.#bytes = this.#sent.reduce((sum, { message }) => sum + message.frame.length, 0);
    this.#since = this.#sent[0]?.at ?? 0;
    for (const [caller, sentAt] of this.#dropped) if (sentAt < at) this.#dropped.delete(caller);
    return before - this.#bytes;
  }

  /** The peer was heard now. Faster than `heard`, which has to look at the times. */
  heardNow(): number {
    const before = this.#bytes;
    if (before === 0) return 0;
    this.#bytes = 0;
    this.#sent.length = 0;
    this.#dropped.clear();
    return before;
  }

  /** Who has called, and whose offer is not among `messages` any more. */
  get droppedCallers(): string[] {
    return [...this.#dropped.keys()];
  }

  /** The messages, in order, as far as they are kept. */
  get messages(): Envelope[] {
    return this.#sent.map(({ message }) => message);
  }
}
