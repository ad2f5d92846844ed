/**
 * Milliseconds to wait before an attempt: twice as long each time, up to a limit, and anything
 * between half of that and all of it, so that clients of a server that restarts don't come at once.
 *
 * @param attempt 0 for the first.
 */
export function backOff(attempt: number, first: number, limit: number): number {
  return Math.min(first * 2 ** attempt, limit) * (0.5 + Math.random() / 2);
}
