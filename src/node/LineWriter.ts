import { type WriteLine, writeToConsole } from '../log/Logger.ts';

/** Milliseconds that a line may wait for others. */
const WAIT_MS = 100;

/**
 * Writes the lines on who comes and goes in one piece for a moment: to write each for itself takes a
 * sixth of all that a join costs. Other lines are written at once.
 */
export class LineWriter {
  #gathered: string[] = [];
  readonly #flush = () => this.flush();

  constructor() {
    // A process that ends meanwhile has said all.
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

  /** Writes what there is, and is no longer needed. */
  end(): void {
    process.off('exit', this.#flush);
    this.flush();
  }
}
