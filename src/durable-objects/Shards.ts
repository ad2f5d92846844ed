import type { Config } from '../config.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import { coordinatorFor, coordinatorsOf, isSharded } from '../room/coordinatorFor.ts';
import type { Envelope } from '../room/Room.ts';
import type { GameRoomCoordinator } from './GameRoomCoordinator.ts';
import { placement } from './namespaces.ts';

/** The other coordinators of a realm that is spread over several. A room has none. */
export class Shards {
  readonly #name: string;
  readonly #path: PeerPath;
  readonly #config: Config;
  readonly #namespace: DurableObjectNamespace<GameRoomCoordinator>;
  /**
   * Calls on one stub arrive in the order they were made, so each shard has one stub, for as long as
   * it works: https://developers.cloudflare.com/durable-objects/api/stub/
   */
  readonly #stubs = new Map<string, DurableObjectStub<GameRoomCoordinator>>();

  /** @param name of the coordinator that asks. */
  constructor(
    name: string,
    path: PeerPath,
    config: Config,
    namespace: DurableObjectNamespace<GameRoomCoordinator>,
  ) {
    this.#name = name;
    this.#path = path;
    this.#config = config;
    this.#namespace = namespace;
  }

  /** Whether there is any other coordinator of this place. */
  get areSeveral(): boolean {
    return isSharded(this.#path, this.#config);
  }

  /** Whether a peer, if it is anywhere in this realm, is in another coordinator. */
  isElsewhere(id: string): boolean {
    return coordinatorFor(this.#path, id, this.#config) !== this.#name;
  }

  /** Hands a message to the coordinator of its `dst`, by one call. Rejects if that fails. */
  async forward(message: Envelope): Promise<void> {
    const name = coordinatorFor(this.#path, message.dst, this.#config);
    const stub = this.#stubs.get(name) ?? this.#stub(name);
    this.#stubs.set(name, stub);
    try {
      await stub.deliver(message);
    } catch (error) {
      // After a failure a stub may be broken for good.
      this.#stubs.delete(name);
      throw error;
    }
  }

  /**
   * How many peers there are in the other coordinators, as far as that matters: below its fair share
   * of the capacity a coordinator need not ask, since all of them together are below it then.
   *
   * @param size of the coordinator that asks.
   */
  async countElsewhere(size: number): Promise<number> {
    const names = coordinatorsOf(this.#path, this.#config);
    if (names.length === 1) return 0;
    if (size < Math.floor(this.#config.realmCapacity / names.length)) return 0;
    const sizes = await Promise.all(
      names.filter((name) => name !== this.#name).map((name) => this.#stub(name).countPeers()),
    );
    return sizes.reduce((sum, count) => sum + count, 0);
  }

  #stub(name: string): DurableObjectStub<GameRoomCoordinator> {
    return this.#namespace.getByName(name, placement(this.#path, this.#config));
  }
}
