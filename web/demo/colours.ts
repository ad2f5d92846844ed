import { randomName } from '../shared/randomName.ts';

/** The names of the players' colours; demo.css has their values. */
export const COLOURS = [
  'Blue',
  'Orange',
  'Green',
  'Violet',
  'Pink',
  'Teal',
  'Red',
  'Gold',
] as const;

/**
 * An id for a new player. It begins with the number of the player's preferred colour, so that
 * nobody has to send it.
 */
export function newPlayerId(others: readonly string[]): string {
  const taken = new Set(coloursOf(others).values());
  const free = COLOURS.findIndex((_, index) => !taken.has(index));
  return `${Math.max(free, 0)}-${randomName(6)}`;
}

/**
 * The colour of each player, as an index of COLOURS. Two players who join at once may prefer the
 * same one; all pages that see the same players choose the same colours.
 */
export function coloursOf(ids: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of ids.toSorted()) {
    const wanted = Math.abs(Number.parseInt(id, 10) || 0) % COLOURS.length;
    const offset = COLOURS.findIndex((_, step) => !taken.has((wanted + step) % COLOURS.length));
    const colour = (wanted + Math.max(offset, 0)) % COLOURS.length;
    taken.add(colour);
    colours.set(id, colour);
  }
  return colours;
}
