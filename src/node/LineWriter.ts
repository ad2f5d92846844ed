import { type WriteLine, writeToConsole } from '../log/Logger.ts';

/** Bytes of the log that may wait for what reads it. */
const MAX_UNREAD_BYTES = 4 * 1_048_576;

/** Milliseconds that a line may wait for others. */
const WAIT_MS = 500;

/** One listener flushes them all as the process ends: Node warns of more than ten, and a program may have so many servers. */
const writers = new Set<LineWriter>();
const flushAll = () => {
  for (const writer of writers) writer.flush();
};

/**
 * Gathers the lines about joins and leaves for a moment and writes them in one piece: writing each of
 * them takes a sixth of the time of a join. Other lines are written at once.
 */
export class LineWriter {
  #gathered: string[] = [];

  constructor() {
    // A process that ends in the meantime must not lose lines.
    if (writers.size === 0) process.once('exit', flushAll);
    writers.add(this);
  }

  readonly write: WriteLine = (level, line) => {
    if (level !== 'info') {
      this.flush();
      writeUnlessUnread(level, line);
      return;
    }
    if (this.#gathered.length === 0) setTimeout(() => this.flush(), WAIT_MS);
    this.#gathered.push(line);
  };

  flush(): void {
    if (this.#gathered.length === 0) return;
    const text = this.#gathered.join('\n');
    this.#gathered = [];
    writeUnlessUnread('info', text);
  }

  /** Writes what is left. The writer is not used any more. */
  end(): void {
    writers.delete(this);
    if (writers.size === 0) process.off('exit', flushAll);
    this.flush();
  }
}

/**
 * What reads the log may have stopped reading, as a program behind a pipe may. More lines would then fill the
 * memory, and end the games of all players: they are lost.
 */
const writeUnlessUnread: WriteLine = (level, text) => {
  const output = level === 'warn' || level === 'error' ? process.stderr : process.stdout;
  if (output.writableLength <= MAX_UNREAD_BYTES) writeToConsole(level, text);
};
