/** Two peers of which one waited in vain for the other. */
export interface Pair {
  readonly sender: string;
  readonly absent: string;
}

/** What can wait: a text, or whatever else has so many characters. */
interface Sized {
  readonly length: number;
}

/** A frame for a peer that is not here. */
export interface WaitingMessage<Frame extends Sized> {
  /** Who is told if the message is never delivered. Undefined for what nobody waits for. */
  readonly sender: string | undefined;
  readonly frame: Frame;
}

interface Queue<Frame extends Sized> {
  readonly deadline: number;
  messages: WaitingMessage<Frame>[];
}

/** How much may wait in one coordinator. */
export interface WaitingLimits {
  /** Milliseconds that the first message to an absent peer waits; the ones behind it go with it. */
  readonly timeout: number;
  /** Messages for one absent peer. */
  readonly messagesPerPeer: number;
  /** Characters of all that waits. */
  readonly size: number;
}

/**
 * Messages for peers that are not here (yet), in order, in memory: exactly as durable as the
 * sender's socket. The rules are those of the official server (its `MessageQueue` and
 * `MessagesExpire`): what waits for one peer expires together, a timeout after the first of it, and
 * a sender is told once for each absent peer. The bounds are ours.
 */
export class WaitingMessages<Frame extends Sized = string> {
  readonly #limits: WaitingLimits;
  readonly #mustWait: (absent: string) => boolean;
  /** By absent peer. In order of their deadlines, as all wait equally long and a map keeps its order. */
  readonly #queues = new Map<string, Queue<Frame>>();
  #size = 0;

  /** @param mustWait whether what waits for a peer must not expire yet, however old it is. */
  constructor(limits: WaitingLimits, mustWait: (absent: string) => boolean) {
    this.#limits = limits;
    this.#mustWait = mustWait;
  }

  /** When the next queue expires, in milliseconds since the epoch. Undefined while none will. */
  get nextDeadline(): number | undefined {
    for (const [absent, queue] of this.#queues) {
      if (!this.#mustWait(absent)) return queue.deadline;
    }
    return undefined;
  }

  /**
   * Keeps a frame until its peer comes.
   *
   * @returns the pairs whose messages had to go to keep the bounds, the oldest first.
   */
  add(absent: string, sender: string | undefined, frame: Frame, now: number): Pair[] {
    let queue = this.#queues.get(absent);
    if (queue === undefined) {
      queue = { deadline: now + this.#limits.timeout, messages: [] };
      this.#queues.set(absent, queue);
    }
    queue.messages.push({ sender, frame });
    this.#size += frame.length;

    const dropped: Pair[] = [];
    if (queue.messages.length > this.#limits.messagesPerPeer) {
      this.#dropOldest(absent, queue, dropped);
    }
    while (this.#size > this.#limits.size) {
      for (const [oldest, oldestQueue] of this.#queues) {
        this.#dropOldest(oldest, oldestQueue, dropped);
        break;
      }
    }
    return dropped;
  }

  /** Hands over all that waits for a peer, in order, and forgets it. */
  take(absent: string): readonly WaitingMessage<Frame>[] {
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
      if (this.#mustWait(absent)) continue;
      this.#forget(absent, queue);
      const senders = new Set(queue.messages.map((message) => message.sender));
      for (const sender of senders) {
        if (sender !== undefined) expired.push({ sender, absent });
      }
    }
    return expired;
  }

  /**
   * Makes room. Later messages between the same two peers go with the oldest: an answer or a
   * candidate is of no use without the offer before it, and each pair is told only once.
   */
  #dropOldest(absent: string, queue: Queue<Frame>, dropped: Pair[]): void {
    const [first] = queue.messages;
    const sender = first?.sender;
    const kept: WaitingMessage<Frame>[] = [];
    for (const message of queue.messages) {
      const goes = message === first || (sender !== undefined && message.sender === sender);
      if (goes) this.#size -= message.frame.length;
      else kept.push(message);
    }
    queue.messages = kept;
    if (kept.length === 0) this.#queues.delete(absent);
    if (sender !== undefined) dropped.push({ sender, absent });
  }

  #forget(absent: string, queue: Queue<Frame>): void {
    this.#queues.delete(absent);
    for (const message of queue.messages) this.#size -= message.frame.length;
  }
}
