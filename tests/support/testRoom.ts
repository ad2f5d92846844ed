import type { RefusalReason } from '../../src/protocol/refusals.ts';
import type { Claim } from '../../src/room/claim.ts';
import type { Ending } from '../../src/room/endings.ts';
import type { Listing } from '../../src/room/Listing.ts';
import type { Outcome, RoomView, SeatInRoom } from '../../src/room/ManagedRooms.ts';
import type { Message } from '../../src/room/Message.ts';
import type {
  ManagedChange,
  ManagedRecord,
  RoomPlan,
  SeatRequest,
} from '../../src/room/managedRecord.ts';
import { Room } from '../../src/room/Room.ts';
import type { RoomEvent } from '../../src/room/RoomObserver.ts';
import type { RoomPolicy } from '../../src/room/RoomPolicy.ts';
import type { Connection, RoomRuntime } from '../../src/room/RoomRuntime.ts';
import type { RoomSnapshot } from '../../src/room/RoomSnapshot.ts';
import type { AwayRecord, PeerRecord } from '../../src/room/records.ts';
import type { Frame } from './framePeer.ts';

/** As a room has it by default, but for the bounds, which are small enough to reach in a test. */
const POLICY: RoomPolicy = {
  capacity: 4,
  refusalWhenFull: 'room-full',
  gracePeriod: 30_000,
  tellsWhoLeft: true,
  hasMembers: true,
  relaysPayloads: true,
  givesAwayGhostSeats: true,
  aliveTimeout: 90_000,
  messagesPerSecond: 100,
  maxMessageBytes: 10_000,
  waiting: { timeout: 5000, messagesPerPair: 10, bytes: 30_000 },
  waitsPerMinute: 5,
};

/** The policy of a realm, as a difference to that of a room. */
export const REALM = {
  gracePeriod: 0,
  tellsWhoLeft: false,
  hasMembers: false,
  relaysPayloads: false,
  givesAwayGhostSeats: false,
  refusalWhenFull: 'realm-full',
  waitsPerMinute: Number.POSITIVE_INFINITY,
} as const;

/** A message between two parts of a realm, as far as a test looks at it. */
type Forwarded = Pick<Message, 'dst' | 'awaiting' | 'frame'> & Partial<Message>;

/**
 * A `Room` on its own, with the sockets and the clock in the hands of the test. It does what the
 * coordinator does: it asks before it lets a peer in, and runs the deadlines when they are due.
 */
export class TestRoom {
  now = 1_000_000;
  /** Ids of peers that are in another part of the realm, and what was sent there. */
  readonly elsewhere = new Set<string>();
  readonly forwarded: Forwarded[] = [];
  /** The connections that speak for nobody any more, in the order in which the runtime was told. */
  readonly released: FakePeer[] = [];
  /** What the observer was told: of messages and dropped frames as one text each. */
  readonly observed: (RoomEvent | string)[] = [];
  /** What strangers were told. */
  readonly listings: Listing[] = [];
  /** The peers in their grace, as they were last persisted. */
  away: readonly AwayRecord[] = [];
  timesAwayWasPersisted = 0;
  /** What makes it a managed room, as it was last persisted. */
  record: ManagedRecord | undefined;
  timesRecordWasPersisted = 0;
  /** How often it was said that the snapshot may be another one. */
  timesSnapshotChanged = 0;
  #room: Room<FakePeer>;
  readonly #policy: RoomPolicy;

  /** What no client has taken yet, by peer, where the runtime tells. */
  readonly #unsent: Map<FakePeer, number> | undefined;

  /** @param options.tellsUnsent as Node does: everything is taken, until `setUnsent` says otherwise. */
  constructor(policy: Partial<RoomPolicy> = {}, { tellsUnsent = false } = {}) {
    this.#policy = { ...POLICY, ...policy };
    this.#unsent = tellsUnsent ? new Map() : undefined;
    this.#room = this.#newRoom();
  }

  /** When the room is due next for what is in memory only: grace periods do not count. */
  get nextDeadline(): number | undefined {
    return this.#room.nextDeadline;
  }

  get nextAlarm(): number | undefined {
    return this.#room.nextAlarm;
  }

  /** The seats that are taken. */
  get size(): number {
    return this.#room.size;
  }

  setUnsent(peer: FakePeer, bytes: number): void {
    this.#unsent?.set(peer, bytes);
  }

  list(): string[] {
    return this.#room.list(this.now);
  }

  endSilentPeers(): void {
    this.#room.endSilentPeers(this.now);
  }

  /** What a peer would be told that comes now. Undefined: it is let in. */
  refusalFor(id: string, token = tokenOf(id), isOwner = false): RefusalReason | undefined {
    return this.#room.refusalFor(claimOf(id, token, isOwner), 0, this.now);
  }

  /** Lets a peer in, which then has its OPEN as the first frame to `take`. */
  join(id: string, token = tokenOf(id), isOwner = false, { isBroken = false } = {}): FakePeer {
    const refusal = this.refusalFor(id, token, isOwner);
    if (refusal !== undefined) throw new Error(`${id} is turned away: ${refusal}`);
    const peer = new FakePeer(this, claimOf(id, token, isOwner));
    peer.isBroken = isBroken;
    this.#room.join(peer, peer.claim, this.now);
    return peer;
  }

  /** Makes it a managed room, with a seat for its host. */
  make(host: string, plan: Partial<RoomPlan> = {}): Outcome<SeatInRoom> {
    const whole = {
      size: 4,
      isPublic: false,
      password: undefined,
      meta: {},
      salt: 'salt',
      ...plan,
    };
    const place = { game: 'pong', code: 'kumora' };
    return this.#room.make(place, whole, seatRequest(host), this.now);
  }

  /** Takes a seat, which the player of this id has from now on. */
  takeSeat(id: string, more: Partial<SeatRequest> = {}): Outcome<SeatInRoom> {
    return this.#room.takeSeat({ ...seatRequest(id), ...more }, this.now);
  }

  /** Takes the seat that a player held before. @param other who it is if that seat is no more. */
  retakeSeat(
    id: string,
    more: Partial<SeatRequest> = {},
    other = `not ${id}`,
  ): Outcome<SeatInRoom> {
    const formerTokenHash = hashOf(tokenOf(id));
    return this.takeSeat(other, { formerTokenHash, ...more });
  }

  /** Changes the room as the player of this id. */
  change(by: string, change: ManagedChange): Outcome<RoomView> {
    return this.#room.change({ tokenHash: hashOf(tokenOf(by)) }, change, this.now);
  }

  /** What is asked of a managed room about itself. Undefined where it is none. */
  get view(): RoomView | undefined {
    const outcome = this.#room.describe(this.now);
    return 'value' in outcome ? outcome.value : undefined;
  }

  /** Lets several in, who have read all that their coming brought about. */
  joinAll(...ids: string[]): FakePeer[] {
    const peers = ids.map((id) => this.join(id));
    for (const peer of peers) peer.take();
    return peers;
  }

  receive(peer: FakePeer, frame: string | ArrayBuffer): void {
    this.#room.receive(peer, frame, this.now);
  }

  /** @param code of the close. By default the network was lost without one. */
  disconnect(peer: FakePeer, code = 1006): void {
    this.end(peer, { code, reason: '' });
  }

  end(peer: FakePeer, ending: Ending): void {
    this.#room.disconnect(peer, this.now, ending);
  }

  /** A message of a peer that is in another part of the realm. */
  deliver(message: Forwarded): void {
    this.#room.deliver({ type: undefined, since: this.now, ...message }, this.now);
  }

  /** A message could not be forwarded. */
  fail(message: Forwarded): void {
    this.#room.fail({ type: undefined, since: this.now, ...message }, this.now);
  }

  /** Runs what is due now, as a timer that fires early or late does. */
  runDeadlines(): void {
    this.#room.runDeadlines(this.now);
  }

  /** Lets time pass, and runs each deadline when it is due, as the coordinator does. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const { nextDeadline: deadline, nextAlarm: graceEnd } = this;
      const next = Math.min(deadline ?? Infinity, graceEnd ?? Infinity);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#room.runDeadlines(this.now);
      if (this.nextDeadline === deadline && this.nextAlarm === graceEnd) {
        throw new Error('the deadline is due for ever');
      }
    }
    this.now = end;
  }

  /** Loses the memory, and restores what was persisted. A coordinator with a timer does not. */
  hibernate(peers: readonly FakePeer[]): void {
    this.#room = this.#newRoom();
    if (this.record !== undefined) this.#room.restoreManaged(this.record, this.now);
    for (const peer of peers) this.restore(peer);
    this.#room.restoreAway(this.away, this.now);
  }

  /** What another process needs to go on. */
  get snapshot(): RoomSnapshot | undefined {
    return structuredClone(this.#room.snapshot());
  }

  /**
   * Ends the process, and goes on in another one, without sockets.
   *
   * @param snapshot after a crash an older one.
   */
  restart(downtime: number, snapshot = this.snapshot): void {
    this.now += downtime;
    this.record = undefined;
    this.away = [];
    this.#room = this.#newRoom();
    if (snapshot === undefined) return;
    this.#room.resume(snapshot, this.now);
    // For strangers, to whom the runtime tells it.
    this.#room.listing(this.now);
  }

  /** Restores a peer whose end woke the room, and which the runtime had not listed at first. */
  restore(peer: FakePeer): void {
    if (peer.record === undefined) this.#room.restoreMute(peer);
    else this.#room.restore(peer, peer.record, this.now);
  }

  #newRoom(): Room<FakePeer> {
    const runtime: RoomRuntime<FakePeer> = {
      persistence: {
        persist: (peer: FakePeer, record: PeerRecord) => {
          // As the attachment of a socket does, which is serialized.
          peer.record = structuredClone(record);
        },
        persistManaged: (record) => {
          this.record = structuredClone(record);
          this.timesRecordWasPersisted += 1;
        },
        persistAway: (peers: readonly AwayRecord[]) => {
          this.away = structuredClone(peers);
          this.timesAwayWasPersisted += 1;
        },
      },
      forget: (peer: FakePeer) => {
        peer.record = undefined;
        this.released.push(peer);
      },
      unsent: unsentOf(this.#unsent),
      lastHeartbeatAt: (peer: FakePeer) => peer.lastHeartbeatAt,
      isElsewhere: (id: string) => this.elsewhere.has(id),
      forward: ({ since: _, ...message }) => this.forwarded.push(message),
      onListing: (listing) => this.listings.push(listing),
      onManagedChange: () => {
        this.timesSnapshotChanged += 1;
      },
    };
    return new Room<FakePeer>(this.#policy, runtime, {
      observe: (event) => this.observed.push(event),
      offered: () => this.observed.push('offered'),
      relayed: (type, from, to, waited) =>
        this.observed.push(`${type} of ${from} to ${to} after ${waited}`),
      dropped: (reason) => this.observed.push(`dropped: ${reason}`),
    });
  }
}

/** One end of a socket without a socket. */
export class FakePeer implements Connection {
  readonly claim: Claim;
  /** What is persisted of it. Undefined: it speaks for nobody. */
  record: PeerRecord | undefined;
  /** When the runtime last answered a heartbeat of it. */
  lastHeartbeatAt: number | undefined;
  closed: { code: number; reason: string } | undefined;
  /** The socket is gone, but nobody has been told: to send on it throws. */
  isBroken = false;
  readonly #room: TestRoom;
  /** To the letter, since few are ever looked at. */
  #texts: string[] = [];

  constructor(room: TestRoom, claim: Claim) {
    this.#room = room;
    this.claim = claim;
  }

  get id(): string {
    return this.claim.id;
  }

  /** The server sends to this peer. */
  send(frame: string): void {
    if (this.isBroken) throw new TypeError("Can't call WebSocket send() after close().");
    this.#texts.push(frame);
  }

  /** The server closes this peer's socket. */
  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** This peer sends to the server: text and bytes as they are, anything else as JSON. */
  says(frame: unknown): void {
    const isRaw = typeof frame === 'string' || frame instanceof ArrayBuffer;
    this.#room.receive(this, isRaw ? frame : JSON.stringify(frame));
  }

  /** The server notices that this peer's socket is gone: by default its network was lost. */
  disconnects(code?: number): void {
    this.#room.disconnect(this, code);
  }

  /** The frames that have come since the last time. */
  take(): Frame[] {
    const frames = this.#texts.map((text) => JSON.parse(text) as Frame);
    this.#texts = [];
    return frames;
  }
}

function tokenOf(id: string): string {
  return `token of ${id}`;
}

function hashOf(token: string): string {
  return `hash of ${token}`;
}

function claimOf(id: string, token: string, isOwner: boolean): Claim {
  return { id, token, isOwner, tokenHash: hashOf(token) };
}

function seatRequest(id: string): SeatRequest {
  return { id, tokenHash: hashOf(tokenOf(id)) };
}

function unsentOf(unsent: ReadonlyMap<FakePeer, number> | undefined) {
  if (unsent === undefined) return undefined;
  return {
    of: (peer: FakePeer) => unsent.get(peer) ?? 0,
    inAll: () => [...unsent.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}
