import type { PeerPath } from '../protocol/peerPath.ts';
import type { Listing } from '../room/Listing.ts';
import type { RoomObserver } from '../room/RoomObserver.ts';
import type { Settings } from '../settings.ts';
import { LocalRoom } from './LocalRoom.ts';
import type { PeerEvents } from './PeerEvents.ts';

/** All rooms and realms of this process. Each is made when a peer joins, and forgotten when it is empty. */
export class LocalRooms {
  readonly #settings: Settings;
  readonly #observerFor: (path: PeerPath) => RoomObserver;
  readonly #events: PeerEvents;
  readonly #onListing: (listing: Listing) => void;
  readonly #rooms = new Map<string, LocalRoom>();
  readonly #forget = (room: LocalRoom) => {
    this.#rooms.delete(room.path.name);
  };

  constructor(
    settings: Settings,
    observerFor: (path: PeerPath) => RoomObserver,
    events: PeerEvents,
    onListing: (listing: Listing) => void,
  ) {
    this.#settings = settings;
    this.#observerFor = observerFor;
    this.#events = events;
    this.#onListing = onListing;
  }

  /** The room at a place, for a peer that wants to join it. */
  at(path: PeerPath): LocalRoom {
    let room = this.#rooms.get(path.name);
    if (room === undefined) {
      const observer = this.#observerFor(path);
      room = new LocalRoom(
        path,
        this.#settings,
        observer,
        this.#events,
        this.#onListing,
        this.#forget,
      );
      this.#rooms.set(path.name, room);
    }
    return room;
  }

  /** The room at a place, if it is there. */
  find(path: PeerPath): LocalRoom | undefined {
    return this.#rooms.get(path.name);
  }

  /** The ids of the peers that are connected at a place. */
  list(path: PeerPath): string[] {
    return this.find(path)?.list() ?? [];
  }

  [Symbol.iterator](): Iterator<LocalRoom> {
    return this.#rooms.values();
  }
}
