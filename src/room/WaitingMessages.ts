import type { Message } from './Message.ts';

/** Two peers of which one waited in vain for the other. */
export interface Pair {
  readonly sender: string;
  readonly absent: string;
}

interface Queue {
  readonly deadline: number;
  messages: Message[];
  /** By sender, how many of the messages are its. */
  readonly counts: Map<string, number>;
}

/** How much may wait in one coordinator. */
export interface WaitingLimits {
  /** Milliseconds that the first message to an absent peer waits; the ones behind it go with it. */
  readonly timeout: number;
  /** Messages from one sender for one absent peer. */
  readonly messagesPerPair: number;
  /** Bytes of memory for all that waits. */
  readonly bytes: number;
}

/** What a message needs beside its text: objects, and an entry in a list. Measured on V8: 150 to 200. */
const MESSAGE_OVERHEAD_BYTES = 256;
/** A text has one or two bytes for each character; which, cannot be asked. */
const BYTES_PER_CHARACTER = 2;

/** What nobody waits for counts as the server's own. No peer has this id. */
const NOBODY = '';

/**
 * Messages for peers that are not here (yet), in order, in memory: exactly as durable as the
 * sender's socket. The rules are those of the official server (its `MessageQueue` and
 * `MessagesExpire`): what waits for one peer expires together, a timeout after the first of it, and
 * a sender is told once for each absent peer. The bounds are ours.
 */
export class WaitingMessages {
  readonly #limits: WaitingLimits;
  /** By absent peer. In order of their deadlines, as all wait equally long and a map keeps its order. */
  readonly #queues = new Map<string, Queue>();
  /** Bytes by sender. */
  readonly #shares = new Map<string, number>();
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** When the next queue expires. Undefined while nothing waits. */
  get nextDeadline(): number | undefined {
    const [first] = this.#queues.values();
    return first?.deadline;
  }

  /** Whether a sender has something waiting for a peer. */
  has(absent: string, sender: string): boolean {
    return this.#queues.get(absent)?.counts.has(sender) ?? false;
  }

  /**
   * Keeps a message until its peer comes.
   *
   * @returns the pairs whose messages had to go to keep the bounds.
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

  /** Hands over all that waits for a peer, in order, and forgets it. */
  take(absent: string): readonly Message[] {
    const queue = this.#queues.get(absent);
    if (queue === undefined) return [];
    this.#forget(absent, queue);
    return queue.messages;
  }

  /** Forgets what has waited long enough, and says who has to be told: each pair once. */
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

  /** Makes room at the cost of the sender that takes most of it: of its messages, the oldest go first. */
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
   * Drops all that waits between two peers: an answer or a candidate is of no use without the offer
   * before it, and the sender is told only once. Of what nobody awaits the oldest alone: it may be of
   * several senders.
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
