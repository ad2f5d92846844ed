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

/** A player, with the colour that it says it has. */
interface Coloured {
  readonly id: string;
  readonly colour: unknown;
}

/**
 * The colour of each player, as an index of COLOURS. Two players who come at once may want the same
 * one: who came first has it, and all pages choose the same colours.
 */
export function coloursOf(players: readonly Coloured[]): Map<string, number> {
  const colours = new Map<string, number>();
  const wanting = players.filter(({ colour }) => typeof colour === 'number');
  for (const { id, colour } of [...wanting, ...players]) {
    if (colours.has(id)) continue;
    const taken = new Set(colours.values());
    const wanted = Math.abs(Math.trunc(Number(colour) || 0)) % COLOURS.length;
    const offset = COLOURS.findIndex((_, step) => !taken.has((wanted + step) % COLOURS.length));
    colours.set(id, (wanted + Math.max(offset, 0)) % COLOURS.length);
  }
  return colours;
}
