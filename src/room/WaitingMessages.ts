import type { Message } from './Message.ts';

/** A peer whose messages to an absent peer have expired. */
export interface Pair {
  readonly sender: string;
  readonly absent: string;
}

interface Queue {
  readonly deadline: number;
  messages: Message[];
  /** How many messages of each sender wait here. */
  readonly counts: Map<string, number>;
}

/** How much may wait in one room, or in one part of a realm. */
export interface WaitingLimits {
  /** How long the first message to an absent peer waits, in ms. The others expire with it. */
  readonly timeout: number;
  /** Messages at most of one sender to one absent peer. */
  readonly messagesPerPair: number;
  /** Bytes of memory at most for all that waits. */
  readonly bytes: number;
}

/** The memory of a message beside its text. Measured on V8: 150 to 200. */
const MESSAGE_OVERHEAD_BYTES = 256;
/** V8 stores a character in one or two bytes, and does not tell in which. */
const BYTES_PER_CHARACTER = 2;

/** Stands for the sender of messages for which nobody gets an EXPIRE. No peer has this id. */
const NOBODY = '';

/**
 * The messages that wait for absent peers, in order. They are in memory only, so they are as durable
 * as the sockets of their senders. As in the official server (`MessageQueue`, `MessagesExpire`), all
 * that waits for one peer expires together, a timeout after the first message, and each sender is
 * told once. The bounds are this server's own.
 */
export class WaitingMessages {
  readonly #limits: WaitingLimits;
  /** By absent peer, in the order of the deadlines: all wait equally long. */
  readonly #queues = new Map<string, Queue>();
  /** How many bytes of each sender wait. */
  readonly #shares = new Map<string, number>();
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** When `expire` is due. Undefined: never. */
  get nextDeadline(): number | undefined {
    const [first] = this.#queues.values();
    return first?.deadline;
  }

  /** Whether a message of a sender waits for a peer. */
  has(absent: string, sender: string): boolean {
    return this.#queues.get(absent)?.counts.has(sender) ?? false;
  }

  /**
   * Keeps a message until its peer comes.
   *
   * @returns the pairs whose messages were dropped to keep the bounds.
   */
  add(message: Message, now: number): Pair[] {
    const { dst: absent, awaiting: sender = NOBODY } = message;
    let queue = this.#queues.get(absent);
    if (queue === undefined) {
      queue = { deadline: now + this.#limits.timeout, messages: [], counts: new Map() };
      this.#queues.set(absent, queue);
    }
    queue.messages.push(message);
    const count = (queue.counts.get(sender) ?? 0) + 1;
    queue.counts.set(sender, count);
    this.#grow(sender, sizeOf(message));

    const dropped: Pair[] = [];
    if (count > this.#limits.messagesPerPair) this.#drop(absent, sender, dropped);
    while (this.#bytes > this.#limits.bytes) this.#dropLargest(dropped);
    return dropped;
  }

  /** Removes all that waits for a peer, and returns it in order. */
  take(absent: string): readonly Message[] {
    const queue = this.#queues.get(absent);
    if (queue === undefined) return [];
    this.#forget(absent, queue);
    return queue.messages;
  }

  /** Removes what has waited long enough, and returns who has to be told: each pair once. */
  expire(now: number): Pair[] {
    const expired: Pair[] = [];
    for (const [absent, queue] of this.#queues) {
      if (queue.deadline > now) break;
      this.#forget(absent, queue);
      for (const sender of queue.counts.keys()) {
        if (sender !== NOBODY) expired.push({ sender, absent });
      }
    }
    return expired;
  }

  /** Drops messages of the sender that takes up the most memory, the oldest first. */
  #dropLargest(dropped: Pair[]): void {
    let largest = NOBODY;
    let most = -1;
    for (const [sender, bytes] of this.#shares) {
      if (bytes > most) [largest, most] = [sender, bytes];
    }
    for (const [absent, queue] of this.#queues) {
      if (!queue.counts.has(largest)) continue;
      this.#drop(absent, largest, dropped);
      return;
    }
  }

  /**
   * Drops all messages of a sender to a peer: an answer or a candidate is useless without the offer
   * before it, and the sender is told only once. Of messages that no sender awaits, which may be of
   * several senders, only the oldest is dropped.
   */
  #drop(absent: string, sender: string, dropped: Pair[]): void {
    const queue = this.#queues.get(absent);
    if (queue === undefined) return;
    let left = queue.counts.get(sender) ?? 0;
    let toDrop = sender === NOBODY ? 1 : left;
    queue.messages = queue.messages.filter((message) => {
      if (toDrop === 0 || (message.awaiting ?? NOBODY) !== sender) return true;
      this.#grow(sender, -sizeOf(message));
      toDrop -= 1;
      left -= 1;
      return false;
    });
    if (left === 0) queue.counts.delete(sender);
    else queue.counts.set(sender, left);
    if (queue.messages.length === 0) this.#queues.delete(absent);
    if (sender !== NOBODY) dropped.push({ sender, absent });
  }

  #forget(absent: string, queue: Queue): void {
    this.#queues.delete(absent);
    for (const message of queue.messages) {
      this.#grow(message.awaiting ?? NOBODY, -sizeOf(message));
    }
  }

  #grow(sender: string, bytes: number): void {
    this.#bytes += bytes;
    const share = (this.#shares.get(sender) ?? 0) + bytes;
    if (share === 0) this.#shares.delete(sender);
    else this.#shares.set(sender, share);
  }
}

function sizeOf({ frame }: Message): number {
  return MESSAGE_OVERHEAD_BYTES + BYTES_PER_CHARACTER * frame.length;
}
