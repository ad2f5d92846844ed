import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { OncePerSecond } from './OncePerSecond.ts';

it('lets each pair pass once a second', () => {
  const once = new OncePerSecond();
  const take = (one: string, other: string, now: number) => once.take(one, other, now);
  expect([take('a', 'b', 1000), take('a', 'b', 1999), take('a', 'b', 2000)]).toEqual([
    true,
    false,
    true,
  ]);
  expect([take('b', 'a', 2000), take('a', 'bc', 2000), take('ab', 'c', 2000)]).toEqual([
    true,
    true,
    true,
  ]);
});

it('takes little memory, however long the texts are', () => {
  const once = new OncePerSecond();
  const before = heapInUse();
  for (let index = 0; index < 2000; index += 1) once.take('ann', '日'.repeat(8180) + index, 1000);
  // The texts themselves have 33 MB.
  expect(heapInUse() - before).toBeLessThan(8_000_000);
  expect(once.take('ann', 'bob', 1000)).toBe(true);
});

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
