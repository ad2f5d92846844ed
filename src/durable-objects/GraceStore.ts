import type { AwayRecord } from '../room/records.ts';

/** A row for each peer: together they may be larger than one value may. */
const PREFIX = 'away:';

/**
 * The peers of a room that are in their grace, and the alarm that ends it. A grace is far longer than
 * the coordinator would stay awake, and a timer would hold it awake, and billed, all the time: 3.75
 * GB-s for 30 s, where this costs two or three rows and a request, a tenth of the price.
 * https://developers.cloudflare.com/durable-objects/api/alarms/
 */
export class GraceStore {
  readonly #storage: DurableObjectStorage;
  readonly #written = new Map<string, AwayRecord>();
  /** When the alarm rings. Undefined: never, or not known after a hibernation. */
  #alarmAt: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** In the order in which their graces end. */
  read(): readonly AwayRecord[] {
    for (const [key, peer] of this.#storage.kv.list<AwayRecord>({ prefix: PREFIX })) {
      this.#written.set(key, peer);
    }
    return [...this.#written.values()].sort((a, b) => a.until - b.until);
  }

  /** Writes what has changed: most often one peer has come or gone. */
  write(peers: readonly AwayRecord[]): void {
    const away = new Map(peers.map((peer) => [PREFIX + peer.id, peer]));
    for (const key of this.#written.keys()) {
      if (away.has(key)) continue;
      this.#storage.kv.delete(key);
      this.#written.delete(key);
    }
    for (const [key, peer] of away) {
      const written = this.#written.get(key);
      if (written !== undefined && isSame(written, peer)) continue;
      this.#storage.kv.put(key, peer);
      this.#written.set(key, peer);
    }
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

function isSame(a: AwayRecord, b: AwayRecord): boolean {
  return (
    a.until === b.until &&
    a.token === b.token &&
    a.missed.length === b.missed.length &&
    a.missed.at(-1) === b.missed.at(-1)
  );
}
