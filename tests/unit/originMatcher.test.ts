import { describe, expect, it } from 'vitest';
import { originMatcher } from '../../src/lib/originMatcher.ts';

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
])('%s', (list, allowed, refused) => {
  const matches = originMatcher(list);
  it.each(allowed)('allows %s', (origin) => expect(matches?.(origin)).toBe(true));
  it.each(refused)('refuses %s', (origin) => expect(matches?.(origin)).toBe(false));
});

it.each([
  '',
  'game.example',
  'https://game.example/',
  'https://*',
  '*, https://a.example',
  'https://a.example,',
])('does not take %j for a list of origins', (list) => expect(originMatcher(list)).toBeUndefined());
