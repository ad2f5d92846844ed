/** What this page has kept: all there is where a browser blocks cookies, and so the storage of the tab. */
const kept = new Map<string, string>();

/** Keeps a text until the tab is closed. An empty one is forgotten. */
export function keep(name: string, text: string): void {
  kept.set(name, text);
  try {
    if (text === '') sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, text);
  } catch {}
}

/** The text that the tab has kept, or an empty one. */
export function recall(name: string): string {
  try {
    return kept.get(name) ?? sessionStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}
