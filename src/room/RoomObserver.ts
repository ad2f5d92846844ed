import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';

/**
 * What happened to a peer. Each can be logged as it is: none holds a token, an address or anything
 * of what peers say to each other.
 */
export type RoomEvent = { readonly peer: string; readonly requestId: string | undefined } & (
  | { readonly event: 'peer.joined' }
  /**
   * Its socket is gone, or it gave up its id. Where it has a grace it may come back, which shows as
   * `peer.replaced` with the same token.
   */
  | {
      readonly event: 'peer.left';
      /** Of the close, where there was one. */
      readonly code?: number;
      readonly reason: string;
      /** That it was connected. */
      readonly seconds: number;
    }
  /** The id was held, and goes to the one that joins next. */
  | {
      readonly event: 'peer.replaced';
      /** Else it is a page that was reloaded, or the owner of the id. */
      readonly sameToken: boolean;
      /** That the older socket was connected, where it still was. */
      readonly seconds?: number;
    }
  /** Told that its messages to `absent` were never delivered. */
  | { readonly event: 'message.expired'; readonly absent: string }
  /** A frame of it was dropped. Once for many in a row. */
  | { readonly event: 'peer.limited'; readonly reason: RefusalReason }
);

/**
 * Told what happens in a room, for logs and metrics. It must never throw, and what is called for
 * every message must cost next to nothing.
 */
export interface RoomObserver {
  /** For what is rare. */
  observe(event: RoomEvent): void;
  /** A client sent an offer to somebody, who may or may not be there. */
  offered(): void;
  /**
   * A client's message was handed to the socket of its receiver.
   *
   * @param from undefined where nobody awaits the message, as nobody does a LEAVE.
   * @param waited milliseconds, where the receiver was not there yet.
   */
  relayed(type: RelayedType, from: string | undefined, to: string, waited: number): void;
  /** A frame of a client was dropped. */
  refused(reason: RefusalReason): void;
}

/** For a room that nobody watches. */
export const NOBODY_WATCHES: RoomObserver = {
  observe() {},
  offered() {},
  relayed() {},
  refused() {},
};
