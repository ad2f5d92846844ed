import { expect, it, onTestFinished, vi } from 'vitest';
import { LineWriter } from './LineWriter.ts';

it('keeps no more lines than 4 MiB for a reader that has stopped reading, and goes on once it reads', () => {
  const info = vi.spyOn(console, 'info').mockReturnValue();
  const unread = vi.spyOn(process.stdout, 'writableLength', 'get');
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const writer = new LineWriter();
  for (const [line, bytes] of [
    ['one', 0],
    ['two', 5 * 2 ** 20],
    ['three', 100],
  ] as const) {
    unread.mockReturnValue(bytes);
    writer.write('info', line);
    writer.flush();
  }
  writer.end();
  expect(info.mock.calls).toEqual([['one'], ['three']]);
});

it('listens once for the end of the process, however many there are, and no longer than they are used', () => {
  const info = vi.spyOn(console, 'info').mockReturnValue();
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const before = process.listeners('exit');
  const writers = Array.from({ length: 11 }, () => new LineWriter());
  const [flushAll, ...more] = process.listeners('exit').filter((it) => !before.includes(it));
  expect(more).toEqual([]);
  writers[0]?.write('info', 'one');
  writers[10]?.write('info', 'two');
  flushAll?.(0);
  expect(info.mock.calls).toEqual([['one'], ['two']]);
  for (const writer of writers) writer.end();
  expect(process.listeners('exit')).toEqual(before);
});
