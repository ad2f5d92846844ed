import { beforeAll, expect } from 'vitest';

/** Files share a process. One that leaves a fake clock behind would have the next one wait for ever. */
beforeAll(() => {
  const name = 'the clock that an earlier file of this process has left';
  expect(globalThis.setTimeout, name).not.toHaveProperty('clock');
});
