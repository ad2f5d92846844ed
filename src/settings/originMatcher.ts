import { readUrl } from './readUrl.ts';

/** Says whether a list has an origin, given as in the `Origin` header. */
type OriginMatcher = (origin: string) => boolean;

/** scheme://host, and what a wrong entry has after it. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)(.*)$/;
/** An entry with a wildcard: `*.` before a host for its subdomains, `:*` after it for any port. */
const WILDCARD = /^[a-z][a-z0-9+.-]*:\/\/(\*\.)?[^*/?#@]+(:\*)?$/;
/** What is meant to be an address of the web, be it misspelled. */
const WEB = /^https?\W/;
/** A host without a scheme, with or without a port. */
const HOST = /^(localhost|[\w-]+(\.[\w-]+)+|[\w-]+(?=:))(:\d+)?$/;

/**
 * Reads a list of origins.
 *
 * @param list `*` for all, or origins separated by commas, in which `originMistake` finds no
 *   mistake. `https://*.game.example` does not include `https://game.example`; `http://localhost:*`
 *   includes `http://localhost`. An entry that is not a URL, such as `null`, is compared as text.
 */
export function originMatcher(list: string): OriginMatcher {
  const entries = entriesOf(list);
  if (entries.includes('*')) return () => true;
  const texts = new Set(entries.filter((entry) => !entry.includes('*')).map(asBrowsersWriteIt));
  const patterns = entries.filter((entry) => entry.includes('*')).map(patternOf);
  return (origin) => {
    const text = origin.toLowerCase();
    return texts.has(text) || patterns.some((pattern) => pattern.test(text));
  };
}

/**
 * Says, in a sentence, what is wrong with a list and what to write instead. Without this check, an
 * entry that cannot be an origin silently refuses every page.
 */
export function originMistake(list: string): string | undefined {
  const entries = entriesOf(list);
  if (entries.includes('')) return 'Take away the comma too many.';
  if (entries.includes('*')) {
    return entries.length === 1 ? undefined : 'Write * alone: it stands for every origin.';
  }
  for (const entry of entries) {
    if (/\s/.test(entry)) return `Separate origins by commas: ${entry}.`;
    if (HOST.test(entry)) {
      return `Write https://${entry} in place of ${entry}: an origin begins with a scheme.`;
    }
    const [, origin = '', rest = ''] = URL_PARTS.exec(entry) ?? [];
    if (WEB.test(entry) && !entry.includes('*') && readUrl(origin) === undefined) {
      return `${entry} is no origin: write it as in https://game.example or http://localhost:5173.`;
    }
    if (origin !== '' && rest !== '' && rest !== '/') {
      return `Write ${withoutUser(origin)} in place of ${entry}: an origin has no path.`;
    }
    if (origin !== withoutUser(origin)) {
      return `Write ${withoutUser(origin)} in place of ${entry}: an origin has no user.`;
    }
    if (entry.includes('*') && !WILDCARD.test(withoutSlash(entry))) {
      return `${entry} has a * where none can be: write it as in https://*.game.example or http://localhost:*.`;
    }
  }
  return undefined;
}

function entriesOf(list: string): string[] {
  return list.split(',').map((entry) => entry.trim().toLowerCase());
}

/**
 * `https://game.example:443/` and `https://game.example` are one origin, and
 * `https://münchen.example` is sent in ASCII.
 */
function asBrowsersWriteIt(entry: string): string {
  const url = /^https?:/.test(entry) ? readUrl(entry) : undefined;
  return url?.origin ?? withoutSlash(entry);
}

function patternOf(entry: string): RegExp {
  const [, host = '', anyPort = ''] = /^(.*?)(:\*)?$/.exec(withoutSlash(entry)) ?? [];
  const source = asBrowsersWriteIt(host)
    .replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    .replace(/:\/\/\*\\\./, '://([a-z0-9_-]+\\.)+');
  return new RegExp(`^${source}${anyPort === '' ? '' : '(:\\d+)?'}$`);
}

function withoutSlash(entry: string): string {
  const [, origin = entry, rest] = URL_PARTS.exec(entry) ?? [];
  return rest === '/' ? origin : entry;
}

function withoutUser(origin: string): string {
  return origin.replace(/\/\/[^/]*@/, '//');
}
