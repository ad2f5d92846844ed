/**
 * Milliseconds to wait before an attempt: they double each time, up to a limit, and are then
 * shortened at random by up to half, so that players do not all return at once after a restart.
 *
 * @param attempt 0 for the first.
 */
export function backOff(attempt: number, first: number, limit: number): number {
  return Math.min(first * 2 ** attempt, limit) * (0.5 + Math.random() / 2);
}
