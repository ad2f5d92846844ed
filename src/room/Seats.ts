import type { CallsInVain } from './CallsInVain.ts';
import type { Context } from './Context.ts';
import type { Member } from './Member.ts';
import { type AwayPeer, ConnectedPeer, type Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import { type AwayRecord, type PeerRecord, withTimes } from './records.ts';
import { Unheard } from './Unheard.ts';

/** Frames of the server itself that are kept for a peer in its grace period. */
const MAX_MISSED = 100;

/** A peer that goes on sending is not persisted more often than this. */
const PERSIST_EVERY_MS = 15_000;

/**
 * Who has a seat: connected peers, and peers in their grace period. No id is both. The runtime
 * persists their records, from which the seats are restored after a hibernation. Times in records are
 * those of the machine's clock.
 */
export class Seats<C extends Connection> {
  readonly #context: Context<C>;
  readonly #calls: CallsInVain;
  readonly #connected = new Map<string, ConnectedPeer<C>>();
  readonly #speakers = new Map<C, ConnectedPeer<C>>();
  /**
   * In the order in which the grace periods end, because all are equally long. Undefined until there
   * is one: an empty map takes 180 bytes.
   */
  #away: Map<string, AwayPeer> | undefined;
  readonly #unheardInAll = { characters: 0 };

  /** @param calls the calls of all peers: those of a peer are in its record. */
  constructor(context: Context<C>, calls: CallsInVain) {
    this.#context = context;
    this.#calls = calls;
  }

  /** How many seats are taken. */
  get size(): number {
    return this.#connected.size + (this.#away?.size ?? 0);
  }

  /** Characters that were sent to peers since each of them was last heard. */
  get unheardInAll(): number {
    return this.#unheardInAll.characters;
  }

  /** The peer with this id, connected or in its grace period. */
  find(id: string): Peer<C> | undefined {
    return this.#connected.get(id) ?? this.#away?.get(id);
  }

  /** The peer that speaks on a connection. Undefined if it was replaced or gave up its id. */
  speakerOn(connection: C): ConnectedPeer<C> | undefined {
    return this.#speakers.get(connection);
  }

  /** The connected peers, as a copy: handling one of them may end it or another. */
  get connected(): ConnectedPeer<C>[] {
    return [...this.#connected.values()];
  }

  /** How many peers are connected. */
  get connectedCount(): number {
    return this.#connected.size;
  }

  /** The peers in their grace period, the one that ends first in front. */
  get away(): AwayPeer[] {
    return [...(this.#away?.values() ?? [])];
  }

  /** When the next grace period ends. */
  get nextGraceEnd(): number | undefined {
    if (this.#away === undefined || this.#away.size === 0) return undefined;
    const [first] = this.#away.values();
    return first?.until;
  }

  /** Gives a seat to a peer with a socket. Its id must be free. */
  seat(connection: C, record: PeerRecord): ConnectedPeer<C> {
    const unheard = new Unheard(this.#unheardInAll);
    const { messagesPerSecond } = this.#context.policy;
    const peer = new ConnectedPeer(connection, record, unheard, messagesPerSecond);
    this.#connected.set(peer.id, peer);
    this.#speakers.set(connection, peer);
    return peer;
  }

  /** Gives a seat to a peer in its grace period. Its id must be free. */
  seatAway(record: AwayRecord): void {
    this.#setAway({ ...record, state: 'away' });
  }

  /** Takes a peer from its seat, and from its connection if it has one. */
  vacate(peer: Peer<C>): void {
    if (peer.state === 'away') {
      this.#away?.delete(peer.id);
      return;
    }
    this.#connected.delete(peer.id);
    this.#speakers.delete(peer.connection);
    this.#context.runtime.forget(peer.connection);
    peer.unheard.heardNow();
  }

  /** Changes what a peer is as a member of the room. */
  setMember(peer: Peer<C>, member: Member): void {
    if (peer.state === 'connected') peer.member = member;
    else this.#setAway({ ...peer, member });
  }

  /** Keeps a frame of the server itself for a peer in its grace period. */
  keepMissed(peer: AwayPeer, frame: string): void {
    const missed = [...peer.missed, frame].slice(-MAX_MISSED);
    this.#setAway({ ...peer, missed });
  }

  /** Persists a connected peer. */
  persist(peer: ConnectedPeer<C>): void {
    const { clock, runtime } = this.#context;
    if (runtime.persistence === undefined) return;
    const record = peer.record(this.#calls.of(peer.id));
    runtime.persistence.persist(
      peer.connection,
      withTimes(record, (time) => clock.toWall(time)),
    );
  }

  /** Persists when a peer was heard, if the last time is long ago. */
  persistHeard(peer: ConnectedPeer<C>): void {
    if (peer.heardAt - peer.persistedHeardAt < PERSIST_EVERY_MS) return;
    peer.persistedHeardAt = peer.heardAt;
    this.persist(peer);
  }

  /** Persists the peers in their grace period. */
  persistAway(): void {
    const { clock, runtime } = this.#context;
    runtime.persistence?.persistAway(
      this.away.map(({ state: _, until, ...claim }) => ({
        ...claim,
        until: clock.toWall(until),
      })),
    );
  }

  /**
   * Restores a peer after a hibernation, unless it is here.
   *
   * @returns whether the peer was restored.
   */
  restore(connection: C, record: PeerRecord, wall: number): boolean {
    const { clock } = this.#context;
    clock.read(wall);
    if (this.find(record.id)?.state === 'connected') return false;
    // If the clock was set back, what was persisted before must not lie in the future.
    const known = withTimes(
      {
        ...record,
        takeovers: record.takeovers?.filter((at) => at <= wall),
        calls: record.calls?.filter(([, at]) => at <= wall),
      },
      (time) => clock.fromWall(time),
    );
    const peer = this.seat(connection, known);
    if (known.calls !== undefined) this.#calls.restore(known.id, known.calls);
    // Otherwise it would lie in the future again after the next hibernation.
    if (known.heardAt !== record.heardAt) this.persist(peer);
    // The peer may have been heard since. Better to keep it a little too long.
    peer.heardAt += PERSIST_EVERY_MS;
    return true;
  }

  /** Restores the peers in their grace period, after a hibernation. */
  restoreAway(records: readonly AwayRecord[], wall: number): void {
    const now = this.#context.clock.read(wall);
    // No grace period may be longer than the rules say, whatever the clock has done.
    const latest = now + this.#context.policy.gracePeriod;
    for (const record of records) {
      if (this.find(record.id)?.state === 'connected') continue;
      this.seatAway({ ...record, until: Math.min(record.until, latest) });
    }
    // Otherwise the grace period would start again at each hibernation until the clock has caught up.
    if (records.some(({ until }) => until > latest)) this.persistAway();
  }

  #setAway(peer: AwayPeer): void {
    this.#away ??= new Map();
    this.#away.set(peer.id, peer);
  }
}
