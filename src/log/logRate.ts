import { PerSecond } from '../time/PerSecond.ts';

/** The most lines a second for events that clients can cause at will. The metrics count all such events. */
export const LINES_PER_SECOND = 20;
const lines = new PerSecond(LINES_PER_SECOND);

/** Whether this isolate may log one more such line now. */
export const mayLog = () => lines.take(Date.now());
