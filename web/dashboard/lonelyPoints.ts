import type { Values } from './History.ts';

/** The indexes of known values between unknown ones: no line reaches them. */
export function lonelyPoints(values: Values): number[] {
  const isKnown = (index: number) => typeof values[index] === 'number';
  return [...values.keys()].filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  );
}
