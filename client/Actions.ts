import type { Json } from './types.ts';

/** What a listener learns of a message. */
export interface Origin {
  /** The id of the player who has sent it. */
  readonly from: string;
}

/** One kind of message. */
export interface Action<T> {
  /** Sends to all, or to one. To a player who is still connecting it waits, unless it is unreliable. */
  send(data: T, options?: { to?: string }): void;
  /** @returns a function that ends it. */
  on(listener: (data: T, origin: Origin) => void): () => void;
}

type Listener = (data: Json, origin: Origin) => void;

/** The most messages of a kind that wait for their first listener. */
const MAX_EARLY = 100;

/** The kinds of messages of a game, by name. */
export class Actions {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #early = new Map<string, [Json, Origin][]>();

  /** @returns a function that ends it. */
  on(name: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    const early = this.#early.get(name) ?? [];
    this.#early.delete(name);
    for (const [data, origin] of early) listener(data, origin);
    return () => listeners.delete(listener);
  }

  /** Reads a message, and keeps it for a moment if the game does not listen yet. */
  receive(text: string, from: string): void {
    const [name, data = null] = read(text);
    if (name === undefined) return;
    const listeners = this.#listeners.get(name);
    for (const listener of listeners ?? []) listener(data, { from });
    if (listeners) return;
    const early = this.#early.get(name) ?? [];
    if (early.length < MAX_EARLY) early.push([data, { from }]);
    this.#early.set(name, early);
  }
}

/** Whoever is in the room may send anything. */
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
