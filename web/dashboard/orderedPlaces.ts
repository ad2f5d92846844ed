import type { Place } from '../../src/metrics/Collection.ts';

/** The orders, each by what comes first. */
export type Order = 'most peers' | 'fewest peers' | 'a to z' | 'z to a';

const byName = new Intl.Collator('en', { numeric: true });

/** The places whose name, or the id of one of whose peers, contains a text, in an order. */
export function orderedPlaces(
  places: readonly Place[],
  search: string,
  order: Order,
): readonly Place[] {
  const wanted = folded(search.trim());
  const compare = comparison(order);
  return places
    .filter(({ name, peers }) => [name, ...peers].some((it) => folded(it).includes(wanted)))
    .sort((a, b) => compare(a, b) || byName.compare(a.name, b.name));
}

function comparison(order: Order): (a: Place, b: Place) => number {
  switch (order) {
    case 'most peers':
      return (a, b) => b.peerCount - a.peerCount;
    case 'fewest peers':
      return (a, b) => a.peerCount - b.peerCount;
    case 'a to z':
      return (a, b) => byName.compare(a.name, b.name);
    case 'z to a':
      return (a, b) => byName.compare(b.name, a.name);
  }
}

/** Without regard to case and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
