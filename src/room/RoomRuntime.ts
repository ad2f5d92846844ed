import type { Listing } from './Listing.ts';
import type { Message } from './Message.ts';
import type { ManagedRecord } from './managedRecord.ts';
import type { AwayRecord, PeerRecord } from './records.ts';

/** One socket, as far as a room needs it. A `WebSocket` is one. */
export interface Connection {
  send(frame: string): void;
  close(code: number, reason: string): void;
}

/** Keeps what a room must know after a hibernation. */
interface Persistence<C extends Connection> {
  /** Persists what a room must know of the peer on this connection after a hibernation. */
  persist(connection: C, record: PeerRecord): void;
  /** Persists all peers that are in their grace period. Called whenever one of them changes. */
  persistAway(peers: readonly AwayRecord[]): void;
  /** Persists what makes this a managed room, or that it has ended. */
  persistManaged(record: ManagedRecord | undefined): void;
}

/** Bytes that wait in this process until clients take them. */
export interface Unsent<C extends Connection> {
  /** On one connection. */
  of(connection: C): number;
  /** On all connections of the process. */
  inAll(): number;
}

/** What a room asks of the runtime that holds its sockets. */
export interface RoomRuntime<C extends Connection> {
  /** Undefined where memory lasts as long as the sockets do. */
  readonly persistence: Persistence<C> | undefined;
  /** The frames of this connection are ignored from now on. */
  forget(connection: C): void;
  /** What clients have not taken yet. Undefined where the platform does not tell. */
  readonly unsent: Unsent<C> | undefined;
  /** When the connection last sent a heartbeat that the runtime answered without asking the room. */
  lastHeartbeatAt(connection: C): number | undefined;
  /**
   * Whether a peer, if it is connected at all, is in another part of this realm. Undefined where
   * there is no other part, because the room asks for every message.
   */
  readonly isElsewhere: ((id: string) => boolean) | undefined;
  /** Forwards a message to the `deliver` of that part. If that fails, this room's `fail` gets it. */
  forward(message: Message): void;
  /**
   * Called when the listing of a public or matched room has changed, also if it has just ceased to be one,
   * and when any managed room has ended. Undefined where nobody lists rooms.
   */
  readonly onListing?: ((listing: Listing) => void) | undefined;
  /**
   * Called when the snapshot of a managed room may have changed, and when the room has ended.
   * Undefined where nobody keeps snapshots.
   */
  readonly onManagedChange?: (() => void) | undefined;
}
