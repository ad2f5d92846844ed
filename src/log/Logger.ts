/** From the most lines to none. A level includes those after it. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a line beside its event. Never a token, an SDP, an address or a candidate. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * The maximum length of a text in a line, as most texts come from clients. The `message` of an
 * error may be longer.
 */
const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;

/**
 * Writes each event as one line of JSON, whose fields Workers Logs and log shippers understand.
 * docs/operations.md lists the events.
 */
export class Logger {
  readonly #fields: Fields;
  readonly #from: number;
  /** Whether `debug` writes anything: frequent callers check it before they build the fields. */
  readonly isDebug: boolean;

  /** @param fields of every line, such as the room. */
  constructor(level: LogLevel, fields: Fields = {}) {
    this.#fields = fields;
    this.#from = LOG_LEVELS.indexOf(level);
    this.isDebug = level === 'debug';
  }

  debug(event: string, fields: Fields): void {
    if (this.#from <= 0) console.debug(this.#line('debug', event, fields));
  }

  info(event: string, fields: Fields): void {
    if (this.#from <= 1) console.log(this.#line('info', event, fields));
  }

  warn(event: string, fields: Fields): void {
    if (this.#from <= 2) console.warn(this.#line('warn', event, fields));
  }

  error(event: string, fields: Fields): void {
    if (this.#from <= 3) console.error(this.#line('error', event, fields));
  }

  #line(level: LogLevel, event: string, fields: Fields): string {
    return JSON.stringify({
      level,
      event,
      at: new Date().toISOString(),
      ...cut(this.#fields),
      ...cut(fields),
    });
  }
}

/** Cuts texts, so that no client can write lines of any length into the log. */
function cut(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const limit = name === 'message' ? MAX_MESSAGE : MAX_TEXT;
    const isLong = typeof value === 'string' && value.length > limit;
    return [name, isLong ? `${value.slice(0, limit - 1).toWellFormed()}…` : value] as const;
  });
  return Object.fromEntries(entries);
}
