import type { RefusalReason } from '../../src/protocol/refusals.ts';
import type { Claim } from '../../src/room/claim.ts';
import { type Connection, Room, type RoomPolicy } from '../../src/room/Room.ts';
import type { Frame } from './framePeer.ts';

/** As a room has it by default, but for what may wait: so little that a test can reach the bounds. */
const POLICY: RoomPolicy = {
  capacity: 4,
  refusalWhenFull: 'room-full',
  leaveGrace: 4000,
  aliveTimeout: 90_000,
  messagesPerSecond: 100,
  maxMessageBytes: 262_144,
  waiting: { timeout: 5000, messagesPerPeer: 10, size: 10_000 },
};

/** The policy of a realm, as a difference to that of a room. */
export const REALM = { leaveGrace: 'off', refusalWhenFull: 'realm-full' } as const;

/**
 * A `Room` on its own, with the sockets and the clock in the hands of the test. It does what the
 * coordinator does: it asks before it lets a peer in, and runs the deadlines when they are due.
 */
export class TestRoom {
  now = 1_000_000;
  /** The connections that speak for nobody any more, in the order the host was told. */
  readonly released: FakePeer[] = [];
  #room: Room<FakePeer>;
  readonly #policy: RoomPolicy;

  constructor(policy: Partial<RoomPolicy> = {}) {
    this.#policy = { ...POLICY, ...policy };
    this.#room = this.#newRoom();
  }

  get nextDeadline(): number | undefined {
    return this.#room.nextDeadline;
  }

  list(): string[] {
    return this.#room.list(this.now);
  }

  /** What a peer would be told that comes now. Undefined: it is let in. */
  refusalFor(id: string, token = tokenOf(id)): RefusalReason | undefined {
    return this.#room.refusalFor(claimOf(id, token), 0, this.now);
  }

  /** Lets a peer in, which then has its OPEN as the first frame to `take`. */
  join(id: string, token = tokenOf(id)): FakePeer {
    const refusal = this.refusalFor(id, token);
    if (refusal !== undefined) throw new Error(`${id} is turned away: ${refusal}`);
    const peer = new FakePeer(this, id, token);
    this.#room.join(peer, claimOf(id, token), this.now);
    return peer;
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

  disconnect(peer: FakePeer): void {
    this.#room.disconnect(peer, this.now);
  }

  /** Runs what is due now, as a timer that fires early or late does. */
  runDeadlines(): void {
    this.#room.runDeadlines(this.now);
  }

  /** Lets time pass, and runs each deadline when it is due, as the timer of the coordinator does. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.#room.nextDeadline;
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.#room.runDeadlines(this.now);
      if (this.#room.nextDeadline === next) throw new Error('the deadline is due for ever');
    }
    this.now = end;
  }

  /** Loses the memory, and puts back those of whom something was remembered. */
  hibernate(peers: readonly FakePeer[]): void {
    this.#room = this.#newRoom();
    for (const peer of peers) this.restore(peer);
  }

  restore(peer: FakePeer): void {
    if (peer.attachment === undefined) return;
    this.#room.restore(peer, peer.attachment.claim, peer.attachment.heardAt);
  }

  #newRoom(): Room<FakePeer> {
    return new Room<FakePeer>(this.#policy, {
      remember: (peer, claim, heardAt) => {
        peer.attachment = { claim, heardAt };
      },
      forget: (peer) => {
        peer.attachment = undefined;
        this.released.push(peer);
      },
      lastHeartbeatAt: () => undefined,
      isElsewhere: () => false,
      forward: ({ dst }) => {
        throw new Error(`${dst} is not elsewhere`);
      },
    });
  }
}

/** One end of a socket without a socket. */
export class FakePeer implements Connection {
  readonly id: string;
  readonly token: string;
  closed: { code: number; reason: string } | undefined;
  /** What the host was asked to remember of it. */
  attachment: { readonly claim: Claim; readonly heardAt: number } | undefined;
  /** The socket is gone, but nobody has been told: to send on it throws. */
  isBroken = false;
  readonly #room: TestRoom;
  #frames: Frame[] = [];

  constructor(room: TestRoom, id: string, token: string) {
    this.#room = room;
    this.id = id;
    this.token = token;
  }

  /** The server sends to this peer. */
  send(frame: string): void {
    if (this.isBroken) throw new TypeError("Can't call WebSocket send() after close().");
    this.#frames.push(JSON.parse(frame) as Frame);
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

  /** The server notices that this peer's socket is gone. */
  disconnects(): void {
    this.#room.disconnect(this);
  }

  /** The frames that have come since the last time. */
  take(): Frame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}

function claimOf(id: string, token: string): Claim {
  return { id, token, isOwner: false };
}

function tokenOf(id: string): string {
  return `token of ${id}`;
}
