import { PerSecond } from '../time/PerSecond.ts';

/** Lines a second at most, in each isolate, of what anybody can cause as often as they like. */
const LINES_PER_SECOND = 20;

const lines = new PerSecond(LINES_PER_SECOND);

/** Whether the Worker may log one more such line now. The metrics have all. */
export function mayLog(): boolean {
  return lines.take(Date.now());
}
