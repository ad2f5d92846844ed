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

it('what came before the first listener is heard by it, in order, before what comes next', async () => {
  const actions = new Actions();
  for (const n of [1, 2, 3]) actions.receive(messageText('count', n), 'ann');
  const heard: unknown[] = [];
  actions.on('count', (data) => heard.push(data));
  actions.receive(messageText('count', 4), 'ann');
  await Promise.resolve();
  actions.on('count', () => heard.push('late'));
  await Promise.resolve();
  expect(heard).toEqual([1, 2, 3, 4]);
});

it('what came before is heard by a listener that ends and begins anew in one go, as in React’s StrictMode', async () => {
  const actions = new Actions();
  actions.receive(messageText('count', 1), 'ann');
  const heard: unknown[] = [];
  actions.on('count', (data) => heard.push(['hidden', data]))();
  actions.on('count', (data) => heard.push(['shown', data]));
  await Promise.resolve();
  expect(heard).toEqual([['shown', 1]]);
});

it('a listener that has been removed hears nothing more', () => {
  const actions = new Actions();
  const heard: unknown[] = [];
  const stop = actions.on('count', (data) => heard.push(data));
  stop();
  actions.receive(messageText('count', 1), 'ann');
  expect(heard).toEqual([]);
});

it('no more than a hundred messages of a kind wait', async () => {
  const actions = new Actions();
  for (let n = 0; n < 150; n += 1) actions.receive(messageText('count', n), 'ann');
  const heard: unknown[] = [];
  actions.on('count', (data) => heard.push(data));
  await Promise.resolve();
  expect(heard).toHaveLength(100);
});

it('no more than four million characters wait, of however many kinds, and as many again once they are heard', async () => {
  const actions = new Actions();
  const long = 'x'.repeat(999_000);
  const heardOf = async (names: readonly string[]) => {
    for (const name of names) actions.receive(messageText(name, long), 'mallory');
    let heard = 0;
    for (const name of names) {
      actions.on(name, () => {
        heard += 1;
      });
    }
    await Promise.resolve();
    return heard;
  };
  expect(await heardOf(['a', 'b', 'c', 'd', 'e', 'f'])).toBe(4);
  expect(await heardOf(['g', 'h', 'i', 'j', 'k', 'l'])).toBe(4);
});

it('what is no message is ignored', () => {
  const actions = new Actions();
  for (const text of ['', '{', 'null', '7', '{}', '[]']) actions.receive(text, 'mallory');
});

it('a listener may end itself at a message that came before it', async () => {
  const actions = new Actions();
  actions.receive(messageText('count', 1), 'ann');
  actions.receive(messageText('count', 2), 'ann');
  const first = new Promise((resolve) => {
    const end = actions.on('count', (data) => {
      end();
      resolve(data);
    });
  });
  expect(await first).toBe(1);
});
