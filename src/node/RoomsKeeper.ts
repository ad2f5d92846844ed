import type { Logger } from '../log/Logger.ts';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import type { RoomsFile } from './RoomsFile.ts';

/** Milliseconds from a change until it is written, with all that have come meanwhile. */
const WRITE_AFTER_MS = 5000;

/**
 * Keeps the managed rooms of this process in the file of `ROOMS_FILE`: they are written some seconds after
 * something has changed, one write at a time, and once more when the process ends.
 */
export class RoomsKeeper {
  readonly #file: Pick<RoomsFile, 'write' | 'leave'>;
  readonly #rooms: () => Iterable<RoomSnapshot>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isChanged = false;
  #isWriting = false;
  /** The log has said that rooms cannot be written, and they could not since. */
  #isFailing = false;
  #isClosed = false;

  /** @param rooms gives all rooms to be kept, as they are now. */
  constructor(
    file: Pick<RoomsFile, 'write' | 'leave'>,
    rooms: () => Iterable<RoomSnapshot>,
    log: Logger,
  ) {
    this.#file = file;
    this.#rooms = rooms;
    this.#log = log;
  }

  /** A room has changed. */
  noteChange(): void {
    this.#isChanged = true;
    if (this.#timer !== undefined || this.#isWriting || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#write(), WRITE_AFTER_MS);
    // A program that embeds the server may end without closing it.
    this.#timer.unref();
  }

  /** Writes the rooms for the next process at once. Nothing is written after that. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    try {
      this.#file.leave(this.#rooms());
    } catch (error) {
      this.#log.error('rooms.lost', { message: String(error) });
    }
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    this.#isWriting = true;
    this.#isChanged = false;
    try {
      await this.#file.write(this.#rooms());
      this.#isFailing = false;
    } catch (error) {
      this.#isChanged = true;
      if (!this.#isFailing) this.#log.error('rooms.unsaved', { message: String(error) });
      this.#isFailing = true;
    }
    this.#isWriting = false;
    if (this.#isChanged) this.noteChange();
  }
}
