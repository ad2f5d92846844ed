import type { PeerPath } from '../protocol/peerPath.ts';
import type { Listing } from '../room/Listing.ts';
import { managedPath } from '../room/managedPath.ts';
import type { RoomObserver } from '../room/RoomObserver.ts';
import type { RoomRuntime } from '../room/RoomRuntime.ts';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import type { Settings } from '../settings.ts';
import { LocalRoom } from './LocalRoom.ts';
import type { PeerEvents } from './PeerEvents.ts';
import { type PeerSocket, unsentInAll } from './PeerSocket.ts';

/** All rooms and realms of this process. Each is made when a peer joins, and forgotten when it is empty. */
export class LocalRooms {
  readonly #settings: Settings;
  readonly #observerFor: (path: PeerPath) => RoomObserver;
  readonly #events: PeerEvents;
  /** One for all rooms: there may be many. */
  readonly #runtime: RoomRuntime<PeerSocket>;
  readonly #rooms = new Map<string, LocalRoom>();
  readonly #forget = (room: LocalRoom) => {
    // The last socket of a room may end when another room already has its name.
    const { name } = room.path;
    if (this.#rooms.get(name) === room) this.#rooms.delete(name);
  };

  /**
   * @param onListing is called with what strangers may know of a managed room, when it has changed.
   * @param onManagedChange is called when the snapshot of a managed room has changed.
   */
  constructor(
    settings: Settings,
    observerFor: (path: PeerPath) => RoomObserver,
    events: PeerEvents,
    onListing: (listing: Listing) => void,
    onManagedChange?: () => void,
  ) {
    this.#settings = settings;
    this.#observerFor = observerFor;
    this.#events = events;
    this.#runtime = {
      // The memory of a room lasts as long as its sockets do.
      persistence: undefined,
      forget: (socket) => events.disconnected(socket),
      unsent: { of: (socket) => socket.unsentBytes, inAll: unsentInAll },
      lastHeartbeatAt: (socket) => socket.lastHeartbeatAt,
      isElsewhere: undefined,
      forward() {},
      onListing,
      onManagedChange,
    };
  }

  /** The room or realm at a path. It is made if it is not there. */
  at(path: PeerPath): LocalRoom {
    let room = this.#rooms.get(path.name);
    if (room === undefined) {
      room = new LocalRoom(
        path,
        this.#settings,
        this.#runtime,
        this.#observerFor(path),
        this.#events,
        this.#forget,
      );
      this.#rooms.set(path.name, room);
    }
    return room;
  }

  /** The room or realm at a path, if it is there. */
  find(path: PeerPath): LocalRoom | undefined {
    return this.#rooms.get(path.name);
  }

  /** The ids of the peers that are connected to a room or realm. */
  list(path: PeerPath): string[] {
    return this.find(path)?.list() ?? [];
  }

  /** The managed rooms, as the next process needs them. Rooms may come and go meanwhile. */
  *snapshots(): Generator<RoomSnapshot> {
    for (const room of this.#rooms.values()) {
      const snapshot = room.snapshot();
      if (snapshot !== undefined) yield snapshot;
    }
  }

  /**
   * Goes on with a managed room of the process before, which strangers find again.
   *
   * @throws if the snapshot is none of this server's.
   */
  resume(snapshot: RoomSnapshot): void {
    const room = this.at(managedPath(snapshot.managed));
    try {
      room.resume(snapshot);
    } catch (error) {
      // Half of a room would be kept for ever, since no timer would end it, and written to the file again.
      this.#forget(room);
      throw error;
    }
    const listing = room.listing();
    if (listing !== undefined) this.#runtime.onListing?.(listing);
  }

  [Symbol.iterator](): Iterator<LocalRoom> {
    return this.#rooms.values();
  }
}
