import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';

const IDS = ['ann', 'bob', 'cid', 'dan'] as const;

/** One thing that happens to a room. `who` and `whom` are numbers of ids. */
const event = fc.record({
  what: fc.constantFrom(
    ...([
      'join',
      'join',
      'join',
      'reload',
      'close',
      'lose',
      'leave',
      'yield',
      'hand over',
    ] as const),
    ...(['kick', 'suspect', 'set', 'heartbeat', 'wait', 'wait long', 'hibernate'] as const),
  ),
  who: fc.nat(IDS.length - 1),
  whom: fc.nat(IDS.length - 1),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Told {
  readonly v: number;
  readonly host: string | null;
  readonly term: number;
  readonly peers: readonly { readonly id: string; readonly seq: number; readonly away: boolean }[];
}

/** Plays events, with every member asking for the room, and hands each frame to `check`. */
class Play {
  readonly room = new TestRoom();
  readonly connected = new Map<string, FakePeer>();
  readonly kicked = new Set<string>();
  #reloads = 0;

  readonly #check: (peer: FakePeer, told: Told) => void;

  constructor(check: (peer: FakePeer, told: Told) => void) {
    this.#check = check;
  }

  run(events: readonly Event[]): void {
    for (const { what, who, whom } of events) {
      const [id, other] = [IDS[who] ?? 'ann', IDS[whom] ?? 'ann'];
      this.#step(what, id, other);
      this.room.pass(100);
      for (const peer of this.connected.values()) {
        for (const { type, payload } of peer.take()) {
          if (type === 'ROOM' && 'v' in (payload as object)) this.#check(peer, payload as Told);
        }
        if (peer.closed !== undefined) this.connected.delete(peer.id);
      }
    }
  }

  #step(what: Event['what'], id: string, other: string): void {
    const peer = this.connected.get(id);
    const says = (payload: object) => peer?.says({ type: 'ROOM', payload });
    switch (what) {
      case 'join':
        this.#join(id, `token of ${id}`);
        return;
      case 'reload':
        peer?.disconnects(1006);
        this.connected.delete(id);
        this.#reloads += 1;
        this.#join(id, `token ${this.#reloads} of ${id}`);
        return;
      case 'close':
      case 'lose':
      case 'leave':
        peer?.disconnects({ close: 1001, lose: 1006, leave: 1000 }[what]);
        this.connected.delete(id);
        return;
      case 'yield':
        says({ yield: true });
        return;
      case 'hand over':
        says({ host: other });
        return;
      case 'kick': {
        const victim = this.connected.get(other);
        says({ kick: other });
        if (victim?.closed?.reason === 'kicked') this.kicked.add(victim.claim.token);
        return;
      }
      case 'suspect':
        says({ suspect: other });
        return;
      case 'set':
        says({ set: { ready: true } });
        return;
      case 'heartbeat':
        if (peer !== undefined) peer.lastHeartbeatAt = this.room.now;
        return;
      case 'wait':
        this.room.pass(6000);
        return;
      case 'wait long':
        this.room.pass(31_000);
        return;
      case 'hibernate':
        this.room.pass(1000);
        this.room.hibernate([...this.connected.values()].reverse());
        // A room that nobody made forgets whom it removed when it sleeps.
        this.kicked.clear();
        return;
      default:
        what satisfies never;
    }
  }

  #join(id: string, token: string): void {
    if (this.connected.has(id) || this.room.refusalFor(id, token) !== undefined) return;
    expect(this.kicked.has(token), 'a kicked token is let in').toBe(false);
    const peer = this.room.join(id, token);
    this.connected.set(id, peer);
    peer.says({ type: 'ROOM' });
  }
}

function always(check: () => (peer: FakePeer, told: Told) => void): void {
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 60 }), (events) => {
      new Play(check()).run(events);
    }),
    fuzzing(300),
  );
}

describe('whatever happens to a room', () => {
  it('has one host in each term, and no term comes twice', () => {
    always(() => {
      const hosts = new Map<number, string>();
      const last = new Map<string, number>();
      return ({ id }, { host, term }) => {
        expect(term).toBeGreaterThanOrEqual(last.get(id) ?? 0);
        last.set(id, term);
        if (host === null) return;
        expect(hosts.get(term) ?? host).toBe(host);
        hosts.set(term, host);
      };
    });
  });

  it('tells each member newer and newer versions', () => {
    always(() => {
      const versions = new Map<FakePeer, number>();
      return (peer, { v }) => {
        expect(v).toBeGreaterThanOrEqual(versions.get(peer) ?? 0);
        versions.set(peer, v);
      };
    });
  });

  it('has a host that is a member, and none only if nobody could be it', () => {
    always(() => (_, { host, peers }) => {
      if (host === null) expect(peers.filter(({ away }) => !away)).toEqual([]);
      else expect(peers.map(({ id }) => id)).toContain(host);
    });
  });

  it('has each member once, in the order in which they came', () => {
    always(() => (_, { peers }) => {
      expect(new Set(peers.map(({ id }) => id)).size).toBe(peers.length);
      const order = peers.map(({ seq }) => seq);
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
    });
  });
});
