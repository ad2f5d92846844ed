import { type WriteLine, writeToConsole } from '../log/Logger.ts';

/** Milliseconds that a line may wait for others. */
const WAIT_MS = 500;

/**
 * Gathers the lines about joins and leaves for a moment and writes them in one piece: writing each of
 * them takes a sixth of the time of a join. Other lines are written at once.
 */
export class LineWriter {
  #gathered: string[] = [];
  readonly #flush = () => this.flush();

  constructor() {
    // A process that ends in the meantime must not lose lines.
    process.once('exit', this.#flush);
  }

  readonly write: WriteLine = (level, line) => {
    if (level !== 'info') {
      this.flush();
      writeToConsole(level, line);
      return;
    }
    if (this.#gathered.length === 0) setTimeout(this.#flush, WAIT_MS);
    this.#gathered.push(line);
  };

  flush(): void {
    if (this.#gathered.length === 0) return;
    const text = this.#gathered.join('\n');
    this.#gathered = [];
    writeToConsole('info', text);
  }

  /** Writes what is left. The writer is not used any more. */
  end(): void {
    process.off('exit', this.#flush);
    this.flush();
  }
}
