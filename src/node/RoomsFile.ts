import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RoomSnapshot } from '../room/RoomSnapshot.ts';
import { SettingsError } from '../settings.ts';

/** Of what stands in the file. A server that finds another one begins without rooms. */
const VERSION = 1;

/**
 * The file of `ROOMS_FILE`, in which a process that ends leaves its managed rooms to the next one. It has
 * the tokens of players, so nobody but its owner may read it, and it is empty while a server runs.
 */
export class RoomsFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes what the process before has left.
   *
   * @param onProblem is told why nothing can be made of what is there.
   * @throws {SettingsError} if the file cannot be written.
   */
  take(onProblem: (why: string) => void): readonly RoomSnapshot[] {
    const text = this.#read();
    try {
      this.leave([]);
    } catch (error) {
      throw new SettingsError(
        `ROOMS_FILE is ${JSON.stringify(this.#path)}, which cannot be written: ${error}.`,
        { cause: error },
      );
    }
    if (text === undefined) return [];
    try {
      const { version, rooms } = JSON.parse(text) as { version: number; rooms: RoomSnapshot[] };
      if (version === VERSION) return rooms;
      onProblem(`it has version ${version}, not ${VERSION}`);
    } catch (error) {
      onProblem(String(error));
    }
    return [];
  }

  /** Leaves rooms to the next process. A reader finds all of them or none. */
  leave(rooms: readonly RoomSnapshot[]): void {
    const part = `${this.#path}.part`;
    writeFileSync(part, JSON.stringify({ version: VERSION, rooms }), { mode: 0o600 });
    renameSync(part, this.#path);
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      // There is none yet. Whatever else is wrong shows when it is written.
      return undefined;
    }
  }
}
