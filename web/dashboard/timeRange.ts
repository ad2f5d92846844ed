/** A part of the time that charts know, in seconds since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A shorter range would show no point: the server remembers one a minute. */
const LEAST_SECONDS = 120;

/** The range between two times, in either order, that is long enough and within another one. */
export function rangeBetween(one: number, other: number, within: TimeRange): TimeRange {
  const middle = (one + other) / 2;
  const half = Math.max(Math.abs(one - other), LEAST_SECONDS) / 2;
  const from = Math.max(within.from, Math.min(middle - half, within.to - 2 * half));
  return { from, to: Math.min(within.to, from + 2 * half) };
}

/**
 * The range that is longer by a factor, with the same time at the same place.
 *
 * @param at the time that does not move.
 * @returns undefined if nothing is left out of what it is within.
 */
export function scaled(
  { from, to }: TimeRange,
  factor: number,
  at: number,
  within: TimeRange,
): TimeRange | undefined {
  const range = rangeBetween(at - (at - from) * factor, at + (to - at) * factor, within);
  return range.from <= within.from && range.to >= within.to ? undefined : range;
}
