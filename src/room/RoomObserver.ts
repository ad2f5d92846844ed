import type { RelayedType } from '../protocol/messages.ts';
import type { RefusalReason } from '../protocol/refusals.ts';

/**
 * What happened to a peer. Events can be logged as they are: none holds a token, an address or
 * anything that peers say to each other.
 */
export type RoomEvent = { readonly peer: string; readonly requestId: string | undefined } & (
  | { readonly event: 'peer.joined' }
  /**
   * The socket is gone, or the peer gave up its id. If it reconnects within its grace period, a
   * `peer.replaced` with `sameToken` follows.
   */
  | {
      readonly event: 'peer.left';
      /** The code of the close frame, if there was one. */
      readonly code?: number;
      readonly reason: string;
      /** How long the peer was connected. */
      readonly seconds: number;
    }
  /** A peer that joins gets an id that another one had. Its `peer.joined` follows. */
  | {
      readonly event: 'peer.replaced';
      /** True for a reconnect. False for a reload, or for the owner of the id. */
      readonly sameToken: boolean;
      /** How long the older socket was connected, if it still was. */
      readonly seconds?: number;
    }
  /** The peer is told that its messages to `absent` were never delivered. */
  | { readonly event: 'message.expired'; readonly absent: string }
  /** A frame of the peer was dropped. Of many in a row only the first is reported. */
  | { readonly event: 'peer.limited'; readonly reason: RefusalReason }
);

/**
 * Hears what happens in a room, for logs and metrics. It must never throw, and what is called for
 * every message must be fast.
 */
export interface RoomObserver {
  /** Something rare has happened. */
  observe(event: RoomEvent): void;
  /** A client sent an offer to a peer, which may be absent. */
  offered(): void;
  /**
   * The message of a client was handed to the socket of its receiver.
   *
   * @param from undefined for a message whose sender expects no EXPIRE, such as a LEAVE.
   * @param waited how long the message waited for an absent receiver, in milliseconds.
   */
  relayed(type: RelayedType, from: string | undefined, to: string, waited: number): void;
  /** A frame of a client was dropped. */
  refused(reason: RefusalReason): void;
}

/** The observer of a room that nobody watches. */
export const NOBODY_WATCHES: RoomObserver = {
  observe() {},
  offered() {},
  relayed() {},
  refused() {},
};
