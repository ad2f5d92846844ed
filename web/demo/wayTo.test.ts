import { expect, it } from 'vitest';
import { wayTo } from './wayTo.ts';

it.each([
  ['direct', 12.4, undefined, 'direct 12 ms'],
  ['direct', 0.3, undefined, 'direct <1 ms'],
  ['turn', 80, undefined, 'relay 80 ms'],
  ['turn', undefined, undefined, 'relay'],
  ['server', undefined, undefined, 'by the server'],
  ['connecting', undefined, undefined, 'connecting'],
  ['lost', undefined, 'no-path', 'no path'],
  ['lost', undefined, 'no-answer', 'no answer'],
] as const)('%s, %s ms, %s, is labelled: %s', (via, ping, reason, label) => {
  expect(wayTo({ via, ping, reason })).toBe(label);
});
