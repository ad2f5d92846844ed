import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';
import type { RoomSnapshot } from './RoomSnapshot.ts';

const SIZE = 3;
const RESERVED_MS = 30_000;

/** One thing that happens to a managed room. `who` is a number of a player. */
const event = fc.record({
  what: fc.constantFrom(
    ...(['take', 'take', 'take', 'retake', 'connect', 'connect', 'connect', 'reload'] as const),
    ...(['close', 'lose', 'lock', 'kick', 'ban', 'hand over', 'yield', 'hibernate'] as const),
    ...(['wait', 'wait long', 'silence', 'ask', 'ask', 'ask', 'save', 'crash'] as const),
    'deploy' as const,
  ),
  who: fc.nat(20),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Told {
  readonly v: number;
  readonly host: string | null;
  readonly term: number;
}

/** Plays events in one room, and looks after each at what always has to hold. */
class Play {
  readonly room = new TestRoom();
  /** Everybody who was ever given a seat, of which there are many. */
  readonly players = ['p0'];
  readonly connected = new Map<string, FakePeer>();
  readonly kicked = new Set<string>();
  readonly hosts = new Map<number, string>();
  term = 0;
  readonly #versions = new Map<FakePeer, number>();
  /** What a crash leaves, and who had been kicked by then. */
  #saved: { snapshot: RoomSnapshot | undefined; kicked: readonly string[] };
  #snapshot = '';
  #timesSnapshotChanged = 0;

  constructor() {
    this.room.make('p0', { size: SIZE });
    this.#saved = this.#save();
  }

  run(events: readonly Event[]): void {
    for (const { what, who } of events) {
      const id = this.players[who % this.players.length] ?? 'p0';
      this.#step(what, id);
      this.room.pass(100);
      this.#look();
    }
    // A player who was awaited and did not come has no seat any more. After a deploy the wait for the host
    // begins when something happens, such as that the others are no longer awaited.
    this.room.pass(2 * RESERVED_MS);
    expect(this.room.view?.taken ?? 0).toBe(this.room.size);
  }

  #step(what: Event['what'], id: string): void {
    const peer = this.connected.get(id);
    const host = this.room.view?.host ?? '';
    switch (what) {
      case 'take':
        this.#given(this.room.takeSeat(this.#nobodyYet()));
        return;
      case 'retake':
        this.#given(this.room.retakeSeat(id, {}, this.#nobodyYet()));
        return;
      case 'connect':
        this.#connect(id);
        return;
      case 'reload': {
        const outcome = this.room.retakeSeat(id, {}, this.#nobodyYet());
        this.#given(outcome);
        if ('value' in outcome) this.#connect(outcome.value.id);
        return;
      }
      case 'close':
      case 'lose':
        peer?.disconnects(what === 'close' ? 1001 : 1006);
        this.connected.delete(id);
        return;
      case 'lock':
        this.room.change(host, { locked: this.room.view?.locked !== true });
        return;
      case 'kick':
      case 'ban': {
        const held = this.room.record?.seats.some((seat) => seat.id === id && !seat.isKicked);
        const outcome = this.room.change(host, { [what]: id });
        if ('value' in outcome && held) this.kicked.add(id);
        return;
      }
      case 'hand over':
        this.room.change(host, { host: id });
        return;
      case 'yield':
        this.connected.get(host)?.says({ type: 'ROOM', payload: { yield: true } });
        return;
      case 'hibernate':
        this.room.pass(1000);
        this.room.hibernate([...this.connected.values()].reverse());
        return;
      case 'deploy':
        // All sockets end, and nobody tells the room.
        this.room.hibernate([]);
        this.#snapshot = JSON.stringify(this.room.snapshot);
        this.connected.clear();
        return;
      case 'wait':
        this.room.pass(10_000);
        return;
      case 'wait long':
        this.room.pass(31_000);
        return;
      case 'silence':
        this.room.pass(100_000);
        return;
      case 'ask':
        peer?.says({ type: 'ROOM' });
        return;
      case 'save':
        this.#saved = this.#save();
        return;
      case 'crash':
        this.room.restart(1000, this.#saved.snapshot);
        this.#snapshot = JSON.stringify(this.#saved.snapshot);
        this.connected.clear();
        this.kicked.clear();
        for (const each of this.#saved.kicked) this.kicked.add(each);
        return;
      default:
        what satisfies never;
    }
  }

  #save() {
    return { snapshot: this.room.snapshot, kicked: [...this.kicked] };
  }

  /** An id that nobody has had, as the server gives to a newcomer. */
  #nobodyYet(): string {
    return `p${this.players.length}`;
  }

  #given(outcome: ReturnType<TestRoom['takeSeat']>): void {
    if (!('value' in outcome)) return;
    const { id, rejoined } = outcome.value;
    if (!rejoined && !this.players.includes(id)) this.players.push(id);
    expect(this.kicked).not.toContain(id);
    // Two pages may not take an id from each other for ever.
    expect([undefined, 'id-taken']).toContain(this.room.refusalFor(id));
  }

  #connect(id: string): void {
    if (this.room.record === undefined || this.room.refusalFor(id) !== undefined) return;
    expect(this.kicked, 'a kicked token is let in').not.toContain(id);
    this.connected.set(id, this.room.join(id));
  }

  #look(): void {
    const { room } = this;
    const { view } = room;
    expect(room.size).toBeLessThanOrEqual(SIZE);
    if (view !== undefined) {
      expect(view.taken).toBeLessThanOrEqual(SIZE);
      expect(view.taken).toBeGreaterThanOrEqual(room.size);
      this.#sawHost(view);
    }
    for (const peer of this.connected.values()) {
      for (const { type, payload } of peer.take()) {
        if (type !== 'ROOM' || !('v' in (payload as object))) continue;
        const told = payload as Told;
        expect(told.v).toBeGreaterThanOrEqual(this.#versions.get(peer) ?? 0);
        this.#versions.set(peer, told.v);
        this.#sawHost(told);
      }
      if (peer.closed !== undefined) this.connected.delete(peer.id);
    }
    this.#lookAtSnapshot();
  }

  /** Nobody would keep a snapshot that nobody knows of. */
  #lookAtSnapshot(): void {
    const { snapshot, timesSnapshotChanged } = this.room;
    const text = JSON.stringify(snapshot);
    if (text !== this.#snapshot) {
      expect(timesSnapshotChanged).toBeGreaterThan(this.#timesSnapshotChanged);
    }
    this.#snapshot = text;
    this.#timesSnapshotChanged = timesSnapshotChanged;
  }

  #sawHost({ host, term }: Pick<Told, 'host' | 'term'>): void {
    expect(term).toBeGreaterThanOrEqual(this.term);
    this.term = term;
    if (host === null) return;
    expect(this.hosts.get(term) ?? host, `the host of term ${term}`).toBe(host);
    this.hosts.set(term, host);
  }
}

describe('whatever happens to a managed room', () => {
  it('its seats never exceed its size, a kicked player stays out, terms and versions only grow, also over a crash, each change of its snapshot is told, and a seat that is not used is free', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 60 }), (events) => {
        new Play().run(events);
      }),
      fuzzing(500),
    );
  });
});
