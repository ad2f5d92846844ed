import type { RelayedType } from '../protocol/messages.ts';

/** A message on its way to a peer. */
export interface Envelope {
  readonly dst: string;
  /** The peer that is told if the message is never delivered. Without one, it does not wait. */
  readonly awaiting: string | undefined;
  readonly frame: string;
  /** Of a client's message. What the server itself says has none. */
  readonly type?: RelayedType | undefined;
}
