import type { AwayPeer } from '../room/Peer.ts';

const KEY = 'away';

/**
 * The peers of a room that are in their grace, and the alarm that ends it. A grace is far longer than
 * the coordinator would stay awake, and a timer would hold it awake, and billed, all the time: 3.75
 * GB-s for 30 s, where this costs two or three rows and a request, a tenth of the price.
 * https://developers.cloudflare.com/durable-objects/api/alarms/
 */
export class GraceStore {
  readonly #storage: DurableObjectStorage;
  /** When the alarm rings. Undefined: never, or not known after a hibernation. */
  #alarmAt: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  read(): readonly AwayPeer[] {
    return this.#storage.kv.get<readonly AwayPeer[]>(KEY) ?? [];
  }

  write(peers: readonly AwayPeer[]): void {
    if (peers.length === 0) this.#storage.kv.delete(KEY);
    else this.#storage.kv.put(KEY, peers);
  }

  /**
   * Has the alarm ring at a time, or before. One that is no longer needed is left to ring for nothing,
   * which costs less than to take it back.
   */
  wakeAt(time: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= time) return;
    this.#alarmAt = time;
    // Nobody has to wait for it: the runtime lets nothing out before it is written.
    void this.#storage.setAlarm(time);
  }

  /**
   * The alarm has rung, and none is set.
   *
   * @param isOver whether nobody is in a grace any more. Then nothing is left behind, not even an
   *   empty database: rooms are made by the thousand, and each would be billed for ever.
   *   https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#deleteall
   */
  alarmRang(isOver: boolean): void {
    this.#alarmAt = undefined;
    if (isOver) void this.#storage.deleteAll();
  }
}
