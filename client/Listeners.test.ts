import { expect, it, onTestFinished, vi } from 'vitest';
import { Listeners } from './Listeners.ts';

/** Node has no `reportError`. @returns what the page is told. */
function reported(): unknown[] {
  const errors: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => errors.push(error));
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return errors;
}

it('an error of one listener reaches the page, and keeps no other from listening', () => {
  const errors = reported();
  const listeners = new Listeners<{ move: [number] }>();
  const heard: number[] = [];
  listeners.on('move', () => {
    throw 'a bug of the game';
  });
  listeners.on('move', (n) => heard.push(n));
  expect(listeners.emit('move', 7)).toBe(true);
  expect(heard).toEqual([7]);
  expect(errors).toEqual(['a bug of the game']);
});
