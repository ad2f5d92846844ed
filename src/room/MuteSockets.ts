import { NORMAL } from '../protocol/closeCodes.ts';
import type { Connection } from './RoomRuntime.ts';

/** A page that gives up its id closes the socket itself. After this time the server does. */
const CLOSE_AFTER_MS = 5000;

/**
 * The sockets that are still open although their peer was replaced or gave up its id. Nothing that
 * they send is handled.
 */
export class MuteSockets<C extends Connection> {
  /** This and the next are undefined until there is one, as in most rooms. */
  #all: Set<C> | undefined;
  /** When to close each socket that is still open, the soonest first. */
  #toClose: Map<C, number> | undefined;

  get size(): number {
    return this.#all?.size ?? 0;
  }

  /** When `closeDue` is due. Undefined: never. */
  get nextDeadline(): number | undefined {
    if (this.#toClose === undefined || this.#toClose.size === 0) return undefined;
    for (const at of this.#toClose.values()) return at;
    return undefined;
  }

  /** The frames of this socket are ignored from now on. It is closed after a while. */
  add(connection: C, now: number): void {
    this.#all ??= new Set();
    this.#all.add(connection);
    this.#toClose ??= new Map();
    this.#toClose.set(connection, now + CLOSE_AFTER_MS);
  }

  /** Restores a socket after a hibernation. It is closed already: its timer would have prevented the hibernation. */
  restore(connection: C): void {
    this.#all ??= new Set();
    this.#all.add(connection);
  }

  /** Closes a socket now. */
  close(connection: C, code: number, reason: string): void {
    this.#toClose?.delete(connection);
    connection.close(code, reason);
  }

  /** Closes a socket before its time, because its page goes on speaking. */
  closeEarly(connection: C): void {
    if (this.#toClose?.has(connection)) this.close(connection, NORMAL, 'gave up its id');
  }

  /** Closes the sockets whose time has come. */
  closeDue(now: number): void {
    for (const [connection, at] of this.#toClose ?? []) {
      if (at > now) break;
      this.closeEarly(connection);
    }
  }

  /** The socket is gone. */
  delete(connection: C): void {
    this.#all?.delete(connection);
    this.#toClose?.delete(connection);
  }
}
