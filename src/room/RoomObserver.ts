import type { HostChangeCause } from '../metrics/Counters.ts';
import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';

/** What happened to a peer. It can be logged: it holds no token, no address and nothing peers say. */
export type RoomEvent = { readonly peer: string; readonly requestId: string | undefined } & (
  | { readonly event: 'peer.joined' }
  /** Its socket is gone, or it gave up its id; `seconds` says how long it was connected. */
  | {
      readonly event: 'peer.left';
      readonly code?: number;
      readonly reason: string;
      readonly seconds: number;
    }
  /** The id was held, and goes to the one that joins next: with another token it is a reload. */
  | { readonly event: 'peer.replaced'; readonly sameToken: boolean; readonly seconds?: number }
  /** Told that its messages to `absent` were never delivered. */
  | { readonly event: 'message.expired'; readonly absent: string }
  /** The room has another host. */
  | {
      readonly event: 'host.changed';
      readonly term: number;
      readonly cause: HostChangeCause;
    }
  /** Somebody has made the room by HTTP, and is its host. */
  | { readonly event: 'room.made' }
  /** All players of a match are connected. The peer is their host. */
  | { readonly event: 'room.started' }
  /** A room that was made by HTTP has been empty and has ended. The peer was its last host. */
  | { readonly event: 'room.over' }
  /** The host has removed it. */
  | { readonly event: 'peer.kicked'; readonly isBanned: boolean }
  /** A frame of it was dropped. Once for many in a row. */
  | { readonly event: 'peer.limited'; readonly reason: RefusalReason }
);

/** Hears what happens in a room. It must never throw, and cost next to nothing for a message. */
export interface RoomObserver {
  /** Something rare has happened. */
  observe(event: RoomEvent): void;
  /** A client sent an offer to a peer, which may be absent. */
  offered(): void;
  /** A message was sent to its receiver after it waited, in ms. A LEAVE has no `from`. */
  relayed(type: RelayedType, from: string | undefined, to: string, waited: number): void;
  /** A frame of a client was dropped. */
  dropped(reason: RefusalReason): void;
}

/** The observer of a room that nobody watches. */
export const NOBODY_WATCHES: RoomObserver = {
  observe() {},
  offered() {},
  relayed() {},
  dropped() {},
};
