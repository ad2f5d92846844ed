/** Suffixes that are easily forgotten. */
const UNITS = ['_MS', '_SECONDS', '_BYTES', '_ID', '_URL', '_URLS'];

/**
 * Finds the name that a misspelled one stands for: one with a letter or two changed, with other
 * separators, or without its unit. Without this check, such a setting silently has no effect.
 *
 * @param known all names of settings.
 * @returns undefined for a known name, and for one that resembles none.
 */
export function meantName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const bare = withoutSeparators(name);
  return known.find((candidate) => {
    const expected = withoutSeparators(candidate);
    if (bare === expected) return true;
    if (UNITS.some((unit) => `${bare}${unit.slice(1)}` === expected)) return true;
    const most = expected.length > 10 ? 2 : 1;
    // Every start compares the whole environment: what differs more in length needs no closer look.
    return Math.abs(bare.length - expected.length) <= most && distance(bare, expected) <= most;
  });
}

function withoutSeparators(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

/** How many letters have to be added, removed or changed to turn `from` into `to` (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const above = row;
    row = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = (above[column] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (row[column] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
