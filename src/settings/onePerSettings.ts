import type { Settings } from '../settings.ts';

/**
 * Keeps one object for each process and configuration, made when it is first asked for. A setting, and
 * so a secret, may change while a process lives.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/#making-changes-to-bindings
 */
export function onePerSettings<T>(make: (settings: Settings) => T): (settings: Settings) => T {
  const made = new WeakMap<Settings, { readonly it: T }>();
  return (settings) => {
    let one = made.get(settings);
    if (one === undefined) {
      one = { it: make(settings) };
      made.set(settings, one);
    }
    return one.it;
  };
}
