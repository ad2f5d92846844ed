import type { BenchPeer } from './BenchPeer.ts';
import { expectedPayload, type MessageTemplate, now, readStamp, stampedFrame } from './frames.ts';

const SRC_MARK = Buffer.from('"src":"');
const QUOTE = 0x22;

/** All messages from one peer to one other, in one order. */
interface Stream {
  readonly templates: readonly MessageTemplate[];
  sent: number;
  received: number;
}

/**
 * Sends numbered messages between peers, and checks that each arrives once, in order, at its `dst`
 * alone, with the right `src`, and now and then that it arrives to the letter.
 */
export class Delivery {
  /** Messages that came twice, or not in order, or not as they were sent, or to a stranger. */
  faults = 0;
  sent = 0;
  received = 0;
  /** How long each message took. */
  readonly latencies: number[] = [];
  readonly #checkEvery: number;
  readonly #peers: readonly BenchPeer[];
  /** By receiver, then by the id of the sender. */
  readonly #streams: Map<string, Stream>[];
  #onReceived: (sender: string, receiver: number, message: MessageTemplate) => void = () => {};

  /** @param checkEvery of how many messages one is compared to the letter. */
  constructor(peers: readonly BenchPeer[], checkEvery: number) {
    this.#peers = peers;
    this.#checkEvery = checkEvery;
    this.#streams = peers.map(() => new Map());
    for (const [index, peer] of peers.entries()) peer.onText = (text) => this.#receive(index, text);
  }

  /** What to do after each message. */
  set onReceived(listener: (sender: string, receiver: number, message: MessageTemplate) => void) {
    this.#onReceived = listener;
  }

  /** How many messages have been sent and not come yet. */
  get missing(): number {
    return this.sent - this.received;
  }

  /**
   * Says what one peer will send to another: the templates in turn, and again from the first.
   *
   * @returns a function that sends the next one.
   */
  stream(sender: number, receiver: number, templates: readonly MessageTemplate[]): () => void {
    const from = this.#peers[sender];
    const inbox = this.#streams[receiver];
    if (from === undefined || inbox === undefined) throw new Error('no such peer');
    const stream: Stream = { templates, sent: 0, received: 0 };
    inbox.set(from.id, stream);
    return () => {
      const template = templates[stream.sent % templates.length];
      if (template === undefined) throw new Error('a stream needs a template');
      from.send(stampedFrame(template, stream.sent));
      stream.sent += 1;
      this.sent += 1;
    };
  }

  /** Waits until nothing is missing, and counts as faults what has not come in time. */
  async settle(patienceMs: number): Promise<void> {
    const end = now() + patienceMs;
    while (this.missing > 0 && now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.faults += Math.max(0, this.missing);
  }

  #receive(receiver: number, text: Buffer): void {
    const stamp = readStamp(text);
    // The answer to a heartbeat has no stamp, and is not what is checked here.
    if (stamp === undefined) return;
    const srcStart = text.indexOf(SRC_MARK) + SRC_MARK.length;
    const src = text.toString('latin1', srcStart, text.indexOf(QUOTE, srcStart));
    const stream = this.#streams[receiver]?.get(src);
    this.received += 1;
    this.latencies.push(now() - stamp.sentAt);
    const template = stream?.templates[stamp.sequence % stream.templates.length];
    if (stream === undefined || template === undefined || stamp.sequence !== stream.received) {
      this.faults += 1;
      return;
    }
    stream.received += 1;
    if (this.received % this.#checkEvery === 0 && !isToTheLetter(text, template)) this.faults += 1;
    this.#onReceived(src, receiver, template);
  }
}

function isToTheLetter(text: Buffer, template: MessageTemplate): boolean {
  const { type, src, dst, payload } = JSON.parse(String(text)) as Record<string, unknown>;
  return (
    type === template.type &&
    src === template.src &&
    dst === template.dst &&
    JSON.stringify(payload) === expectedPayload(template, text)
  );
}
