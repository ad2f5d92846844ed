import { describe, expect, it } from 'vitest';
import { originMatcher, originMistake } from './originMatcher.ts';

describe.each([
  ['*', ['https://a.example', 'null'], []],
  [
    'https://game.example',
    ['https://game.example'],
    [
      'http://game.example',
      'https://game.example:8443',
      'https://gamexexample',
      'https://game.example.evil',
      'null',
    ],
  ],
  [
    'https://*.game.example',
    ['https://a.game.example', 'https://a.b.game.example'],
    [
      'https://game.example',
      'https://evilgame.example',
      'https://a.game.example.evil',
      'https://.game.example',
    ],
  ],
  [
    'http://localhost:*',
    ['http://localhost', 'http://localhost:5173'],
    ['http://localhost.evil', 'http://localhost:5173.evil'],
  ],
  [
    'https://a.example , HTTPS://B.example',
    ['https://a.example', 'https://b.example'],
    ['https://c.example'],
  ],
  ['capacitor://localhost', ['capacitor://localhost'], ['http://localhost']],
  ['null', ['null'], ['https://game.example', 'nul']],
  ['file://', ['file://'], ['null', 'file:///etc']],
  ['file:///', ['file://'], []],
  ['app://.', ['app://.'], ['app://x']],
  ['http://[::1]:3000', ['http://[::1]:3000'], ['http://[::1]', 'http://[::2]:3000']],
  ['http://[::1]:*', ['http://[::1]', 'http://[::1]:3000'], ['http://[::2]']],
  ['http://my_pc:3000', ['http://my_pc:3000'], ['http://my-pc:3000']],
  ['https://game.example/', ['https://game.example'], ['https://game.example.evil']],
  ['https://*.game.example/', ['https://a.game.example'], ['https://game.example']],
  ['https://game.example:443', ['https://game.example'], ['https://game.example:444']],
  ['http://*.game.example:80', ['http://a.game.example'], ['http://a.game.example:81']],
  ['https://münchen.example', ['https://xn--mnchen-3ya.example'], ['https://munchen.example']],
  ['http://*.local:*', ['http://my_pc.local:5173', 'http://a.b.local'], ['http://local']],
  [
    '7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b, null',
    ['7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b', 'null'],
    ['7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6c'],
  ],
])('%s', (list, allowed, refused) => {
  const matches = originMatcher(list);
  it.each(allowed)('allows %s', (origin) => expect(matches?.(origin)).toBe(true));
  it.each(refused)('refuses %s', (origin) => expect(matches?.(origin)).toBe(false));
});

it.each([
  ['https://game.example/play', 'Write https://game.example in place of https://game.example/play'],
  ['https://game.example?x', 'Write https://game.example in place of https://game.example?x'],
  ['app://./index.html', 'Write app://. in place of app://./index.html'],
  ['null, http://a.example/b/', 'Write http://a.example in place of http://a.example/b/'],
  ['https://user@game.example', 'Write https://game.example in place of'],
  ['game.example', 'Write https://game.example in place of game.example'],
  ['192.168.0.7:3000', 'Write https://192.168.0.7:3000 in place of'],
  ['localhost', 'Write https://localhost in place of'],
  ['my_pc:3000', 'Write https://my_pc:3000 in place of'],
  ['https//game.example', 'https//game.example is no origin'],
  ['https:/game.example', 'https:/game.example is no origin'],
  ['https:///game.example', 'https:///game.example is no origin'],
  ['https://game.example:84430', 'https://game.example:84430 is no origin'],
  ['https://*', 'https://* has a * where none can be'],
  ['*.game.example', '*.game.example has a * where none can be'],
  ['https://a.*.example', 'https://a.*.example has a * where none can be'],
  ['https://a.example https://b.example', 'Separate origins by commas'],
  ['*, https://a.example', 'Write * alone'],
  ['https://a.example,', 'Take away the comma'],
])('says what to write in place of %j, which no origin can be', (list, advice) => {
  expect(originMistake(list)).toContain(advice);
});

it.each(['*', 'null', 'https://a.example, http://localhost:*', 'https://*.game.example'])(
  'has nothing to say about %j',
  (list) => expect(originMistake(list)).toBeUndefined(),
);
