/** From the most lines to none. A level includes those after it. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a line beside its event. Never a token, an SDP, an address or a candidate. */
type Fields = Readonly<Record<string, unknown>>;

/** The most characters of a text in a line. A `message`, which says what went wrong, may be longer. */
const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;

/** Takes a line, without the break at its end. */
export type WriteLine = (level: Exclude<LogLevel, 'off'>, line: string) => void;

/** Writes a line where the platform collects those of its level. */
export const writeToConsole: WriteLine = (level, line) => console[level](line);

/** Writes each event as one line of JSON. docs/operations.md lists the events. */
export class Logger {
  /** They are in every line, such as the room. */
  readonly #fields: Fields;
  readonly #from: number;
  readonly #writeLine: WriteLine;
  /** Whether `debug` writes anything: frequent callers check it before they build the fields. */
  readonly isDebug: boolean;

  constructor(level: LogLevel, fields: Fields = {}, write = writeToConsole) {
    this.#fields = fields;
    this.#writeLine = write;
    this.#from = LOG_LEVELS.indexOf(level);
    this.isDebug = level === 'debug';
  }

  debug(event: string, fields: Fields): void {
    this.#write('debug', event, fields);
  }

  info(event: string, fields: Fields): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields: Fields): void {
    this.#write('warn', event, fields);
  }

  error(event: string, fields: Fields): void {
    this.#write('error', event, fields);
  }

  #write(level: Exclude<LogLevel, 'off'>, event: string, fields: Fields): void {
    if (LOG_LEVELS.indexOf(level) < this.#from) return;
    const line: Record<string, unknown> = { level, event, at: new Date().toISOString() };
    addCut(line, this.#fields);
    addCut(line, fields);
    this.#writeLine(level, JSON.stringify(line));
  }
}

/**
 * Adds fields to a line. Much of it comes from clients, none of whom may write lines of any length.
 * This and JSON.stringify without a replacer take a third of the time of one with.
 */
function addCut(line: Record<string, unknown>, fields: Fields): void {
  for (const name in fields) {
    const value = fields[name];
    const limit = name === 'message' ? MAX_MESSAGE : MAX_TEXT;
    const isLong = typeof value === 'string' && value.length > limit;
    line[name] = isLong ? `${value.slice(0, limit - 1).toWellFormed()}…` : value;
  }
}
