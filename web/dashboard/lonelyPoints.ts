import type { Values } from './History.ts';

/** The values that no line reaches, since those before and after are not known: where they stand. */
export function lonelyPoints(values: Values): number[] {
  const isKnown = (index: number) => typeof values[index] === 'number';
  return [...values.keys()].filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  );
}
