import { expect, it } from 'vitest';
import { partsOfName } from './visibleName.ts';

/** The parts as one text, with what is invisible in brackets. */
function shown(name: string): string {
  return partsOfName(name)
    .map(({ text, isInvisible }) => (isInvisible ? `[${text}]` : text))
    .join('');
}

it.each([
  'table 7',
  'Zoë',
  'غرفة',
  'علی\u200cرضا',
  'ශ්\u200dරී',
  '部屋',
  '👩‍🚀',
  '👩🏽‍🚀 1',
  '❤️‍🔥',
  '',
])('%s is shown as it is', (name) => {
  expect(shown(name)).toBe(name);
});

it.each([
  ['an override of the direction', 'user\u202Egpj.exe', 'user[U+202E]gpj.exe'],
  ['a space without width', 'a\u200Bb', 'a[U+200B]b'],
  ['a joiner that joins nothing', 'a\u200Db', 'a[U+200D]b'],
  ['a joiner behind no emoji', 'a\uFE0F\u200D👩', 'a\uFE0F[U+200D]👩'],
  ['a space that is not the plain one', 'a\u00A0b', 'a[U+00A0]b'],
  ['a control', '\u0007', '[U+0007]'],
  ['a blank letter', '\u3164', '[U+3164]'],
  ['a tag beyond the basic plane', 'a\u{E0041}', 'a[U+E0041]'],
  ['half a character', 'a\uD800', 'a[U+D800]'],
])('%s is shown by its code', (_, name, expected) => {
  expect(shown(name)).toBe(expected);
});
