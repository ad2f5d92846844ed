import type { PeerPath } from '../protocol/peerPath.ts';
import { coordinatorFor, coordinatorsOf, isSharded } from '../room/coordinatorFor.ts';
import type { Message } from '../room/Message.ts';
import type { Settings } from '../settings.ts';
import { placement } from './namespaces.ts';

/** The most characters and messages in one call, which may carry 32 MiB. */
const MAX_SIZE_OF_CALL = 8 * 1024 * 1024;
const MAX_MESSAGES_OF_CALL = 5000;

type CoordinatorStub = ReturnType<Env['COORDINATORS']['getByName']>;

/** The messages for the next call. */
interface Batch {
  readonly messages: Message[];
  size: number;
}

/** The other coordinators of a sharded realm. A room has none. */
export class Shards {
  readonly #name: string;
  readonly #path: PeerPath;
  readonly #settings: Settings;
  readonly #namespace: Env['COORDINATORS'];
  /**
   * Calls on one stub arrive in the order in which they were made, so each shard has one stub for
   * as long as it works: https://developers.cloudflare.com/durable-objects/api/stub/
   */
  readonly #stubs = new Map<string, CoordinatorStub>();
  /** The next call to each coordinator, while a call to it is running. */
  readonly #next = new Map<string, Batch>();

  /** @param name of this coordinator. */
  constructor(name: string, path: PeerPath, settings: Settings, namespace: Env['COORDINATORS']) {
    this.#name = name;
    this.#path = path;
    this.#settings = settings;
    this.#namespace = namespace;
  }

  /** Whether this realm has other coordinators. */
  get areSeveral(): boolean {
    return isSharded(this.#path, this.#settings);
  }

  /** Whether another coordinator of this realm is the one for a peer. */
  isElsewhere(id: string): boolean {
    return coordinatorFor(this.#path, id, this.#settings) !== this.#name;
  }

  /**
   * Hands a message to the coordinator of its `dst`. Messages that come during a call to it go with
   * the next call, in order: each call is billed, and takes longer than its messages do.
   *
   * @param onFailure is called for each message of a call that failed.
   */
  forward(message: Message, onFailure: (message: Message, error: unknown) => void): void {
    const name = coordinatorFor(this.#path, message.dst, this.#settings);
    const underWay = this.#next.get(name);
    if (underWay !== undefined && isFull(underWay)) {
      onFailure(message, new Error('too much waits for a call to end'));
      return;
    }
    if (underWay !== undefined) {
      underWay.size += message.frame.length;
      underWay.messages.push(message);
      return;
    }
    void this.#call(name, [message], onFailure);
  }

  async #call(
    name: string,
    messages: readonly Message[],
    onFailure: (message: Message, error: unknown) => void,
  ): Promise<void> {
    const next: Batch = { messages: [], size: 0 };
    this.#next.set(name, next);
    const stub = this.#stubs.get(name) ?? this.#stub(name);
    this.#stubs.set(name, stub);
    try {
      await stub.deliver(messages);
    } catch (error) {
      // A stub may be unusable after a failure.
      this.#stubs.delete(name);
      for (const message of messages) onFailure(message, error);
    }
    if (next.messages.length === 0) this.#next.delete(name);
    else void this.#call(name, next.messages, onFailure);
  }

  /**
   * How many peers the other coordinators have. A coordinator with less than its share of the
   * capacity does not ask, and gets 0.
   *
   * @param size the number of peers in this coordinator.
   */
  async countElsewhere(size: number): Promise<number> {
    const names = coordinatorsOf(this.#path, this.#settings);
    if (names.length === 1) return 0;
    if (size < Math.floor(this.#settings.realmCapacity / names.length)) return 0;
    const sizes = await Promise.all(
      names.filter((name) => name !== this.#name).map((name) => this.#stub(name).countPeers()),
    );
    return sizes.reduce((sum, count) => sum + count, 0);
  }

  #stub(name: string): CoordinatorStub {
    return this.#namespace.getByName(name, placement(this.#path, this.#settings));
  }
}

function isFull({ messages, size }: Batch): boolean {
  return size > MAX_SIZE_OF_CALL || messages.length >= MAX_MESSAGES_OF_CALL;
}
