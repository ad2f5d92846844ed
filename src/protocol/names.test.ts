import { describe, expect, it } from 'vitest';
import { isValidId, isValidPathPart, isValidToken } from './names.ts';
import { isVisible } from './visible.ts';

describe.each([
  ['an id', isValidId, 512],
  ['a part of a path', isValidPathPart, 128],
] as const)('%s', (_, isValid, longest) => {
  it(`may have 1 to ${longest} characters`, () => {
    expect(isValid('a')).toBe(true);
    expect(isValid('a'.repeat(longest))).toBe(true);
    expect(isValid('a'.repeat(longest + 1))).toBe(false);
    expect(isValid('')).toBe(false);
  });

  it.each([
    'table 7',
    ' a',
    'a/b',
    '..',
    '50%',
    'Zoë',
    '日本',
    '🎲',
    'شطرنج',
    'שש־בש',
    '👩‍👧‍👦',
    '❤️',
    '👍🏽',
    '👩🏽‍🚀',
    '❤️‍🔥',
    '❤\u200d🔥',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '1️⃣',
  ])('may be %j', (name) => expect(isValid(name)).toBe(true));

  it.each([
    ['a control character', 'a\u0000'],
    ['a line break', 'a\nb'],
    ['a control character beyond ASCII', 'a\u0085'],
    ['a separator of lines', 'a\u2028b'],
    ['a control that turns the writing around', 'a\u202eb'],
    ['a mark of direction', 'a\u200f'],
    ['an isolate', '\u2066a\u2069'],
    ['an Arabic letter mark', 'a\u061c'],
    ['a space without a width', 'ro\u200bom'],
    ['a joiner between letters', 'ro\u200dom'],
    ['a joiner at the end of an emoji', '👩\u200d'],
    ['a non-joiner', 'ro\u200com'],
    ['a non-joiner of Persian', 'علی\u200cرضا'],
    ['a word joiner', 'ro\u2060om'],
    ['a byte order mark', '\ufeffroom'],
    ['a soft hyphen', 'ro\u00adom'],
    ['half a surrogate pair', 'a\ud800'],
    ['a selector of a variant behind a letter', 'bob\ufe0f'],
    ['a second selector of a variant', '❤\ufe0f\ufe0f'],
    ['a selector of an ideograph', '葛\u{e0100}'],
    ['a Mongolian selector', 'bob\u180b'],
    ['a joiner of graphemes', 'bob\u034f'],
    ['a tag', 'bob\u{e0041}'],
    ['tags that make no flag', '🏴\u{e0067}\u{e007f}'],
    ['a Hangul filler', 'bob\u3164'],
    ['a Khmer vowel without a form', 'bob\u17b4'],
  ])('may not hold %s', (_what, name) => expect(isValid(name)).toBe(false));

  it.each([' ', '   ', '\u00a0', '\u3000', '\u3164', '\u2800 '])('may not be blank: %j', (name) =>
    expect(isValid(name)).toBe(false),
  );
});

it('the name of a player may have the variant of an ideograph that its bearer writes', () => {
  expect(isVisible('葛\u{e0100}城')).toBe(true);
});

it.each([
  ['Persian', 'علی\u200cرضا'],
  ['Sinhala', 'ශ්\u200dරී'],
  ['Malayalam, of before Unicode 5.1', 'മോഹന്\u200d'],
])('the name of a player may have the joiner that %s writes', (_, name) => {
  expect(isVisible(name)).toBe(true);
});

it.each(['علی\u200c', '\u200cعلی', 'علی\u200c\u200cرضا', 'علی\u200dرضا', 'අ\u200dඅ', 'bob\u200c'])(
  'the name of a player has no joiner where it joins nothing: %j',
  (name) => {
    expect(isVisible(name)).toBe(false);
  },
);

it('an id may be any that PeerJS lets through', () => {
  // validateId of peerjs 1.5.5.
  for (const id of ['a', 'A1', 'a b', 'a_b', 'a-b', 'table 7_b-9']) {
    expect(id).toMatch(/^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$/);
    expect(isValidId(id)).toBe(true);
  }
});

it('a token has 1 to 4,096 characters, whichever', () => {
  expect(isValidToken('a')).toBe(true);
  expect(isValidToken('\n日本')).toBe(true);
  expect(isValidToken('a'.repeat(4096))).toBe(true);
  expect(isValidToken('')).toBe(false);
  expect(isValidToken('a'.repeat(4097))).toBe(false);
});
