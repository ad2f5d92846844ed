type Listener = (...args: unknown[]) => void;

/** Who listens to what, by name. */
export class Listeners<Events extends { [Name in keyof Events]: unknown[] }> {
  readonly #all = new Map<keyof Events, Set<Listener>>();

  /** @returns a function that ends it. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    const listeners = this.#all.get(name) ?? new Set();
    this.#all.set(name, listeners.add(listener as Listener));
    return () => listeners.delete(listener as Listener);
  }

  /** @returns whether anybody has ever listened to it. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): boolean {
    const listeners = this.#all.get(name);
    for (const listener of listeners ?? []) tell(listener, args);
    return !!listeners;
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
