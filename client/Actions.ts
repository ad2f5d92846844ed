import { Listeners } from './Listeners.ts';
import type { Json } from './types.ts';

/** What a listener is told about a message. */
export interface Origin {
  /** The id of the player who has sent it. */
  readonly from: string;
}

/** One kind of message. */
export interface Action<T> {
  /**
   * Sends to all others, or to one player. To one who is still connecting it waits, unless it is
   * unreliable, and to a host who has just gone it waits for the next host. What goes to this player
   * itself is heard here.
   */
  send(data: T, options?: { to?: string | undefined }): void;
  /** @returns a function that ends it. */
  on(listener: (data: T, origin: Origin) => void): () => void;
}

/** The most messages of a kind that wait for their first listener. */
const MAX_EARLY = 100;
/** The most characters of all kinds that wait: another player chooses how many kinds there are. */
const MAX_CHARACTERS = 4_000_000;

/** The kinds of messages of a game, by name. */
export class Actions {
  readonly #listeners = new Listeners<Record<string, [data: Json, origin: Origin]>>();
  /** As they came, since JSON may make many times as much of them. */
  readonly #early = new Map<string, [text: string, from: string][]>();
  #characters = 0;

  /** @returns a function that ends it. */
  on(name: string, listener: (data: Json, origin: Origin) => void): () => void {
    // Not inside this call: the listener may use what this returns, to hear one message and no more.
    queueMicrotask(() => {
      const early = this.#early.get(name) ?? [];
      this.#early.delete(name);
      for (const [text, from] of early) {
        this.#characters -= text.length;
        this.receive(text, from);
      }
    });
    return this.#listeners.on(name, listener);
  }

  /** Reads a message, and keeps it for a moment if the game does not listen yet. */
  receive(text: string, from: string): void {
    const [name, data = null] = read(text);
    if (name === undefined) return;
    // Behind those that are about to be heard.
    if (!this.#early.has(name) && this.#listeners.emit(name, data, { from })) return;
    const early = this.#early.get(name) ?? [];
    if (early.length >= MAX_EARLY || this.#characters + text.length > MAX_CHARACTERS) return;
    this.#characters += text.length;
    early.push([text, from]);
    this.#early.set(name, early);
  }
}

/** Reads what another player sent, which may be anything. */
function read(text: string): [string, Json] | [] {
  try {
    const message = JSON.parse(text) as [string, Json];
    return Array.isArray(message) ? message : [];
  } catch {
    return [];
  }
}

/** A message as it travels. */
export function messageText(name: string, data: unknown): string {
  return JSON.stringify([name, data]);
}
