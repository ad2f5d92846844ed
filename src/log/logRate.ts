import { PerSecond } from '../time/PerSecond.ts';

/** Lines a second at most of what anybody can cause as often as they like. The metrics have all. */
export const LINES_PER_SECOND = 20;
const lines = new PerSecond(LINES_PER_SECOND);

/** Whether this isolate may log one more such line now. */
export const mayLog = () => lines.take(Date.now());
