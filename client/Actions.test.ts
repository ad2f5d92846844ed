import { expect, it } from 'vitest';
import { Actions, messageText } from './Actions.ts';

it('a message reaches the listeners of its kind, and no others', () => {
  const actions = new Actions();
  const heard: unknown[] = [];
  actions.on('move', (data, { from }) => heard.push([data, from]));
  actions.on('chat', () => heard.push('chat'));
  actions.receive(messageText('move', { x: 1 }), 'ann');
  expect(heard).toEqual([[{ x: 1 }, 'ann']]);
});

it('what came before the first listener is heard by it, in order', () => {
  const actions = new Actions();
  for (const n of [1, 2, 3]) actions.receive(messageText('count', n), 'ann');
  const heard: unknown[] = [];
  actions.on('count', (data) => heard.push(data));
  actions.on('count', () => heard.push('late'));
  expect(heard).toEqual([1, 2, 3]);
});

it('a listener that has been removed hears nothing more', () => {
  const actions = new Actions();
  const heard: unknown[] = [];
  const stop = actions.on('count', (data) => heard.push(data));
  stop();
  actions.receive(messageText('count', 1), 'ann');
  expect(heard).toEqual([]);
});

it('no more than a hundred messages of a kind wait', () => {
  const actions = new Actions();
  for (let n = 0; n < 150; n += 1) actions.receive(messageText('count', n), 'ann');
  const heard: unknown[] = [];
  actions.on('count', (data) => heard.push(data));
  expect(heard).toHaveLength(100);
});

it('no more than four million characters wait, of however many kinds, and as many again once they are heard', () => {
  const actions = new Actions();
  const long = 'x'.repeat(999_000);
  const heardOf = (names: readonly string[]) => {
    for (const name of names) actions.receive(messageText(name, long), 'mallory');
    let heard = 0;
    for (const name of names) {
      actions.on(name, () => {
        heard += 1;
      });
    }
    return heard;
  };
  expect(heardOf(['a', 'b', 'c', 'd', 'e', 'f'])).toBe(4);
  expect(heardOf(['g', 'h', 'i', 'j', 'k', 'l'])).toBe(4);
});

it('what is no message is ignored', () => {
  const actions = new Actions();
  for (const text of ['', '{', 'null', '7', '{}', '[]']) actions.receive(text, 'mallory');
});
