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

it('a listener that ends and begins anew at an event hears the next one, and this one once', () => {
  const listeners = new Listeners<{ update: [] }>();
  let heard = 0;
  const listen = () => {
    const end = listeners.on('update', () => {
      end();
      heard += 1;
      // A page in which this goes on for ever stands still. The test does not.
      if (heard < 10) listen();
    });
  };
  listen();
  listeners.emit('update');
  expect(heard).toBe(1);
  listeners.emit('update');
  expect(heard).toBe(2);
});

it('a listener that another one ends at an event does not hear it', () => {
  const listeners = new Listeners<{ update: [] }>();
  let heard = 0;
  listeners.on('update', () => end());
  const end = listeners.on('update', () => {
    heard += 1;
  });
  listeners.emit('update');
  expect(heard).toBe(0);
});

it('a function that listens twice, for two parts of a game, goes on for one when the other ends it', () => {
  const listeners = new Listeners<{ update: [number] }>();
  const heard: number[] = [];
  const draw = (n: number) => heard.push(n);
  const endBoard = listeners.on('update', draw);
  const endScores = listeners.on('update', draw);
  endBoard();
  endBoard();
  listeners.emit('update', 1);
  expect(heard).toEqual([1]);
  endScores();
  listeners.emit('update', 2);
  expect(heard).toEqual([1]);
});
