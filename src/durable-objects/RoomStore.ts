import type { ManagedRecord } from '../room/managedRecord.ts';
import type { AwayRecord } from '../room/records.ts';

/** Each peer has a row: together they may exceed the size of one value. */
const AWAY = 'away:';
const MANAGED = 'managed';

/**
 * Stores what no socket can carry: the peers in their grace period, and the record of a managed room. It
 * also sets the alarm that ends both. A timer would keep the coordinator awake, and billed,
 * for the whole time: 3.75 GB-s for 30 s. Two or three rows and a request cost a tenth of that.
 * https://developers.cloudflare.com/durable-objects/api/alarms/
 */
export class RoomStore {
  readonly #storage: DurableObjectStorage;
  readonly #written = new Map<string, AwayRecord>();
  /** When the alarm rings. Undefined: never, or not known after a hibernation. */
  #alarmAt: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** The peers in their grace period, in the order in which these end. */
  readAway(): readonly AwayRecord[] {
    for (const [key, peer] of this.#storage.kv.list<AwayRecord>({ prefix: AWAY })) {
      this.#written.set(key, peer);
    }
    return [...this.#written.values()].sort((a, b) => a.until - b.until);
  }

  /** Writes what has changed: most often one peer has come or gone. */
  writeAway(peers: readonly AwayRecord[]): void {
    const away = new Map(peers.map((peer) => [AWAY + peer.id, peer]));
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

  /** What makes this a managed room, if it is one. */
  readManaged(): ManagedRecord | undefined {
    return this.#storage.kv.get<ManagedRecord>(MANAGED);
  }

  /** Undefined once the room is over: then it is a room that nobody made. */
  writeManaged(record: ManagedRecord | undefined): void {
    if (record === undefined) this.#storage.kv.delete(MANAGED);
    else this.#storage.kv.put(MANAGED, record);
  }

  /**
   * Sets the alarm to a time or earlier. An alarm that is no longer needed still rings: that costs
   * less than to delete it.
   */
  wakeAt(time: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= time) return;
    this.#alarmAt = time;
    // No need to wait: the runtime sends nothing out before this is written.
    void this.#storage.setAlarm(time);
  }

  /**
   * Notes that the alarm has rung, and that none is set.
   *
   * @param isOver whether nothing is kept any more. Then everything is deleted, the empty database
   *   too: there are thousands of rooms, and each database would be billed for ever.
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
    a.missed.at(-1) === b.missed.at(-1) &&
    // A change makes a new one.
    a.member === b.member
  );
}
