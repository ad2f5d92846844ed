import type { RelayedType } from '../protocol/messages.ts';

/** A message on its way to a peer. */
export interface Message {
  /** Undefined for a message of the server itself. */
  readonly type: RelayedType | undefined;
  readonly dst: string;
  /** The peer that gets EXPIRE if the message is never delivered. Without one it does not wait. */
  readonly awaiting: string | undefined;
  /** The text to send. */
  readonly frame: string;
  /** When the message came to where it is: into the room, into the queue, or onto a socket. */
  readonly since: number;
  /** The next such message makes this one out of date, so it is never sent again. */
  readonly isPassing?: true;
}

/** A message of the server itself, such as LEAVE. */
export function ownMessage(dst: string, frame: string, now: number): Message {
  return { type: undefined, dst, awaiting: undefined, frame, since: now };
}

/** A message of the server itself that it sends again by itself if it is still true, such as OPEN. */
export function passingMessage(dst: string, frame: string, now: number): Message {
  return { ...ownMessage(dst, frame, now), isPassing: true };
}

/** The message as it moves on: to a socket, or back into the queue. */
export function movedAt(message: Message, now: number): Message {
  return message.since === now ? message : { ...message, since: now };
}
