type Listener = (...args: unknown[]) => void;

/** Who listens to what, by name. */
export class Listeners<Events extends { [Name in keyof Events]: unknown[] }> {
  readonly #all = new Map<keyof Events, Set<Listener>>();

  /** @returns a function that ends it. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    const listeners = this.#all.get(name) ?? new Set();
    // Its own each time: two parts of a game may give the same function, and one of them end it.
    const own: Listener = (...args) => listener(...(args as Events[Name]));
    this.#all.set(name, listeners.add(own));
    return () => listeners.delete(own);
  }

  /** @returns whether anybody has ever listened to it. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): boolean {
    const listeners = this.#all.get(name);
    if (!listeners) return false;
    // A listener that begins at this event hears the next one: one that ends and begins anew each time would
    // hear this one for ever. One that another listener ends hears nothing more.
    for (const listener of [...listeners]) if (listeners.has(listener)) tell(listener, args);
    return true;
  }
}

/** Calls a function of the game. What it throws ends nothing here: the page reports it as its own error. */
export function tell<Args extends unknown[]>(listener: (...args: Args) => void, args: Args): void {
  try {
    listener(...args);
  } catch (error) {
    reportError(error);
  }
}
