import { NORMAL } from '../protocol/closeCodes.ts';
import type { Connection } from './RoomRuntime.ts';

/** The page that gives up its id closes the socket itself. After this time the server does. */
const CLOSE_AFTER_MS = 5000;

/**
 * The sockets on which nobody speaks any more, because their peer was replaced or gave up its id,
 * and which are not gone yet.
 */
export class MuteSockets<C extends Connection> {
  readonly #all = new Set<C>();
  /** Those that are not closed yet, with the time to do so, in the order of these times. */
  readonly #toClose = new Map<C, number>();

  get size(): number {
    return this.#all.size;
  }

  /** When `closeDue` has something to do. Undefined: never. */
  get nextDeadline(): number | undefined {
    const [first] = this.#toClose.values();
    return first;
  }

  /** A peer has left this socket, which is closed after a while. */
  add(connection: C, now: number): void {
    this.#all.add(connection);
    this.#toClose.set(connection, now + CLOSE_AFTER_MS);
  }

  /** Puts back a socket after a hibernation, which happens only once all of them are closed. */
  restore(connection: C): void {
    this.#all.add(connection);
  }

  /** Closes a socket now, for a reason of its own. */
  close(connection: C, code: number, reason: string): void {
    this.#toClose.delete(connection);
    connection.close(code, reason);
  }

  /** Closes a socket whose page goes on speaking. */
  closeEarly(connection: C): void {
    if (this.#toClose.has(connection)) this.close(connection, NORMAL, 'gave up its id');
  }

  /** Closes the sockets whose time has come. */
  closeDue(now: number): void {
    for (const [connection, at] of this.#toClose) {
      if (at > now) break;
      this.closeEarly(connection);
    }
  }

  /** The socket is gone. */
  delete(connection: C): void {
    this.#all.delete(connection);
    this.#toClose.delete(connection);
  }
}
