import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import { SettingsError } from '../settings.ts';

/** The version of the file's form. A server that finds another version begins without rooms. */
const VERSION = 1;

/**
 * Characters of JSON that are made in one turn of the event loop: a millisecond's work. A thousand rooms of
 * four are 2.3 million, and would hold up everybody for 10 to 20 ms.
 */
const PIECE_LENGTH = 200_000;

/**
 * The file of `ROOMS_FILE`, in which a process leaves its managed rooms to the next one. It has the
 * tokens of players, so nobody but its owner may read it. A reader finds all rooms of a write or none:
 * each write goes to another file, which then takes the name of this one.
 */
export class RoomsFile {
  readonly #path: string;
  #isLeft = false;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads the rooms that the last process left. They stay in the file, since this process may crash at once.
   *
   * @param onProblem is told why nothing can be made of what is there.
   * @throws {SettingsError} if the file cannot be read, or cannot be written for another reason than a full disk.
   */
  read(onProblem: (why: string) => void): readonly RoomSnapshot[] {
    const text = this.#tryOut();
    try {
      const { version, rooms } = JSON.parse(text) as { version: number; rooms: RoomSnapshot[] };
      if (version !== VERSION) onProblem(`it has version ${version}, not ${VERSION}`);
      else if (Array.isArray(rooms)) return rooms;
      else onProblem('it has no list of rooms');
    } catch (error) {
      onProblem(String(error));
    }
    return [];
  }

  /**
   * Writes rooms while the server goes on. To be awaited before the next call.
   *
   * @throws the error of the system. What was written before is still there then.
   */
  async write(rooms: Iterable<RoomSnapshot>): Promise<void> {
    const part = `${this.#path}.part`;
    try {
      const file = await open(part, 'w', 0o600);
      try {
        await writeFile(file, inPieces(rooms));
        // If power fails, the name must not stand for what is not on the disk.
        await file.sync();
      } finally {
        await file.close();
      }
      // Not in a thread, where it could come after what `leave` does.
      if (!this.#isLeft) renameSync(part, this.#path);
    } finally {
      await rm(part, { force: true });
    }
  }

  /** Writes the rooms for the next process at once, even during a `write`. Nothing is written after that. */
  leave(rooms: Iterable<RoomSnapshot>): void {
    this.#isLeft = true;
    this.#replace([...inPieces(rooms)].join(''));
  }

  /** Reads the text and writes it again, so that a file that cannot be written is found at once. */
  #tryOut(): string {
    try {
      const text = this.#text();
      try {
        this.#replace(text);
      } catch (error) {
        if (!isFull(error)) throw error;
      }
      return text;
    } catch (error) {
      throw new SettingsError(
        `ROOMS_FILE is ${JSON.stringify(this.#path)}, which cannot be read and written: ${error}.`,
        { cause: error },
      );
    }
  }

  #text(): string {
    const found = lstatSync(this.#path, { throwIfNoEntry: false });
    // A server of root would replace /dev/null, which the whole machine needs.
    if (found !== undefined && !found.isFile() && !found.isDirectory()) {
      throw new Error('a link or a device, which a file would replace');
    }
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [...inPieces([])].join('');
      throw error;
    }
  }

  #replace(text: string): void {
    // Not the part of a write that is under way.
    const whole = `${this.#path}.whole`;
    try {
      writeFileSync(whole, text, { mode: 0o600, flush: true });
      renameSync(whole, this.#path);
    } finally {
      rmSync(whole, { force: true });
    }
  }
}

/** Each room is read when its piece is made: one that has ended meanwhile is left out. */
function* inPieces(rooms: Iterable<RoomSnapshot>): Generator<string> {
  let piece = `{"version":${VERSION},"rooms":[`;
  let separator = '';
  for (const room of rooms) {
    piece += separator + JSON.stringify(room);
    separator = ',';
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}`;
}

/** Whether a disk or a quota is full, which may pass. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
