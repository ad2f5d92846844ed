import type { Message } from './Message.ts';

/** The most messages that are kept to be sent again. A handshake has fewer. */
const MAX_KEPT = 64;
/** Shared by all peers with nothing unheard: an empty list for each would take 50 bytes a peer. */
const NO_MESSAGES: Message[] = [];
/** Callers that are remembered after their offers were dropped from the list. */
const MAX_CALLERS = 256;

/**
 * What was sent to a peer since it was last heard. Nobody knows whether any of it arrived: the socket
 * may be dead, or the client may have stopped reading. In Durable Objects the platform reports neither
 * (there is no `bufferedAmount`).
 */
export class Unheard {
  /** Characters that were sent to all peers together and are unheard. */
  readonly #inAll: { characters: number };
  #sent = NO_MESSAGES;
  /** Who sent offers that are no longer kept, with the time of the last. Undefined: nobody. */
  #dropped: Map<string, number> | undefined;
  #characters = 0;
  #since = 0;

  /** @param inAll the sum over all peers, which this one keeps up to date. */
  constructor(inAll: { characters: number }) {
    this.#inAll = inAll;
  }

  /** Characters that were sent. */
  get characters(): number {
    return this.#characters;
  }

  /** When the first of them was sent. */
  get since(): number {
    return this.#since;
  }

  /** A message was sent, at the time of its `since`. */
  add(message: Message): void {
    if (this.#characters === 0) this.#since = message.since;
    this.#grow(message.frame.length);
    if (message.isPassing) return;
    if (this.#sent.length === MAX_KEPT) this.#dropOldest();
    // A list that grows from nothing has room for 17.
    if (this.#sent.length === 0) this.#sent = [message];
    else this.#sent.push(message);
  }

  /** The peer gave a sign of life at a time: what was sent before has arrived. */
  heard(at: number): void {
    if (this.#characters === 0) return;
    this.#sent = this.#sent.filter(({ since }) => since >= at);
    this.#grow(this.#sent.reduce((sum, { frame }) => sum + frame.length, 0) - this.#characters);
    this.#since = this.#sent[0]?.since ?? 0;
    for (const [caller, since] of this.#dropped ?? []) {
      if (since < at) this.#dropped?.delete(caller);
    }
  }

  /** The peer gave a sign of life now. Faster than `heard`, which looks at the times. */
  heardNow(): void {
    if (this.#characters === 0) return;
    this.#grow(-this.#characters);
    // This runs for every frame of a peer. `length = 0` would make the next `push` allocate again, and
    // so would `clear()` of a map: together 5 to 10 % of the time that a message takes in the room.
    while (this.#sent.length > 0) this.#sent.pop();
    this.#dropped = undefined;
  }

  /** Who sent an offer that is no longer among `messages`. */
  get droppedCallers(): string[] {
    return [...(this.#dropped?.keys() ?? [])];
  }

  /** The messages, in order, as far as they are kept. */
  get messages(): readonly Message[] {
    return this.#sent;
  }

  #dropOldest(): void {
    const oldest = this.#sent.shift();
    const caller = oldest?.type === 'OFFER' ? oldest.awaiting : undefined;
    if (oldest === undefined || caller === undefined) return;
    this.#dropped ??= new Map();
    if (this.#dropped.size < MAX_CALLERS) this.#dropped.set(caller, oldest.since);
  }

  #grow(characters: number): void {
    this.#characters += characters;
    this.#inAll.characters += characters;
  }
}
