/**
 * Milliseconds since the page began. Unlike `Date.now()` they never jump: a device that sets its clock back
 * by an hour would try no lost link again for an hour.
 */
export function steadyTime(): number {
  return Math.round(performance.now());
}
