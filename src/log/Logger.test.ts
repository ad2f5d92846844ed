import { afterEach, expect, it, vi } from 'vitest';
import { LOG_LEVELS, Logger, type LogLevel } from './Logger.ts';
import { requestIdOf } from './requestId.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines that a logger of a level writes when it is given one of each kind. */
function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  for (const method of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(line));
  }
  const log = new Logger(level, { room: '/room/a' });
  log.debug('one', {});
  log.info('two', { peer: 'ann' });
  log.warn('three', {});
  log.error('four', { message: 'line\nbreak' });
  return lines;
}

it.each([
  ['debug', ['one', 'two', 'three', 'four']],
  ['info', ['two', 'three', 'four']],
  ['warn', ['three', 'four']],
  ['error', ['four']],
  ['off', []],
] as const)('at %s it writes %j', (level, events) => {
  expect(linesAt(level).map((line) => JSON.parse(line).event)).toEqual(events);
});

it('writes one line of JSON for an event, with its time, its own fields and those of every line', () => {
  const [line = ''] = linesAt('info');
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    level: 'info',
    event: 'two',
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    room: '/room/a',
    peer: 'ann',
  });
});

it('cuts every text that it is given, from wherever it came', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'info').mockImplementation((line) => lines.push(line));
  const log = new Logger('info', { room: '/r'.repeat(200) });
  log.info('one', { absent: 'x'.repeat(250_000), code: 4000, message: 'm'.repeat(5000) });
  log.info('two', { absent: 'x'.repeat(128), message: 'm'.repeat(1024) });
  const [cut, whole] = lines.map((line) => JSON.parse(line));
  expect(cut).toMatchObject({
    room: `${'/r'.repeat(200).slice(0, 127)}…`,
    absent: `${'x'.repeat(127)}…`,
    code: 4000,
    message: `${'m'.repeat(1023)}…`,
  });
  expect(whole).toMatchObject({ absent: 'x'.repeat(128), message: 'm'.repeat(1024) });
});

it('leaves no half of a character where it cuts', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'info').mockImplementation((line) => lines.push(line));
  new Logger('info').info('one', { peer: `x${'😀'.repeat(100)}` });
  expect(JSON.parse(lines[0] ?? '').peer.isWellFormed()).toBe(true);
});

it('says whether it is worth building a line for debug', () => {
  expect(LOG_LEVELS.filter((level) => new Logger(level).isDebug)).toEqual(['debug']);
});

it.each([
  ['89f3b1c2d4e5f607-FRA', true],
  ['89f3b1c2d4e5f607', true],
  ['a line\nof its own', false],
  ['', false],
])('takes %j for a Ray ID: %s', (ray, isTaken) => {
  const headers = { get: () => ray };
  const id = requestIdOf(headers);
  expect(id === ray).toBe(isTaken);
  expect(id).toMatch(/^[\w-]{16,36}$/);
});
