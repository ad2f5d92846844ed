/** From the most talkative to none. A level includes those behind it. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says beside its event. Never a token, an SDP, an address or a candidate. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * The most characters of one text in a line: much of it comes from clients. What went wrong, which is
 * in `message`, may be longer.
 */
const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;

/**
 * Writes each event as one line of JSON, which is what Workers Logs and every log shipper read as
 * fields. docs/operations.md lists the events.
 */
export class Logger {
  readonly #fields: Fields;
  readonly #from: number;
  /** Ask before building what `debug` is given, where that happens often. */
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

/** So that no client can write lines of any length into the log. */
function cut(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const limit = name === 'message' ? MAX_MESSAGE : MAX_TEXT;
    const isLong = typeof value === 'string' && value.length > limit;
    return [name, isLong ? `${value.slice(0, limit - 1).toWellFormed()}…` : value] as const;
  });
  return Object.fromEntries(entries);
}
