import { type WriteLine, writeToConsole } from '../log/Logger.ts';
import { sendSoon } from './sendSoon.ts';

/**
 * Writes the log lines of one turn of the event loop in one piece: a line for each peer that joins
 * and leaves would cost as much as half of the join. What is wrong is written at once.
 */
export class LineWriter {
  #gathered: string[] = [];
  /** So that a process that ends in the midst of a turn has said all. */
  readonly #onExit = () => this.flush();

  constructor() {
    process.once('exit', this.#onExit);
  }

  readonly write: WriteLine = (level, line) => {
    if (level === 'warn' || level === 'error') {
      writeToConsole(level, line);
      return;
    }
    if (this.#gathered.length === 0) sendSoon(this);
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
    process.off('exit', this.#onExit);
    this.flush();
  }
}
