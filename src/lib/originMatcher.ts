/** Says whether an origin, as the `Origin` header has it, is one of a list. */
export type OriginMatcher = (origin: string) => boolean;

/** scheme://host, with `*.` before a host for what is below it, and `:*` behind it for any port. */
const ENTRY = /^[a-z][a-z0-9+.-]*:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:(\d{1,5}|\*))?$/;

/**
 * Reads a list of origins.
 *
 * @param list `*` for all, else origins separated by commas. `https://*.game.example` does not
 *   include `https://game.example`; `http://localhost:*` includes `http://localhost`.
 * @returns undefined where an entry is not an origin.
 */
export function originMatcher(list: string): OriginMatcher | undefined {
  const entries = list.split(',').map((entry) => entry.trim().toLowerCase());
  if (entries.includes('*')) return entries.length === 1 ? () => true : undefined;
  if (!entries.every((entry) => ENTRY.test(entry))) return undefined;
  const patterns = entries.map(patternOf);
  return (origin) => patterns.some((pattern) => pattern.test(origin.toLowerCase()));
}

function patternOf(entry: string): RegExp {
  const source = entry
    .replace(/[.+]/g, '\\$&')
    .replace(/:\/\/\*\\\./, '://([a-z0-9-]+\\.)+')
    .replace(/:\*$/, '(:\\d+)?');
  return new RegExp(`^${source}$`);
}
