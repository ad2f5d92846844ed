import { PerSecond } from '../time/PerSecond.ts';

/** The most lines a second, in each isolate, for events that anybody can cause at will. */
const LINES_PER_SECOND = 20;

const lines = new PerSecond(LINES_PER_SECOND);

/** Whether the Worker may log another such line now. The metrics count all of them. */
export function mayLog(): boolean {
  return lines.take(Date.now());
}
