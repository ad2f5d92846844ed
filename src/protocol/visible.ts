/** Control characters, and separators of lines and paragraphs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Invisible characters: controls of the writing direction, and characters without a width. They
 * make two different names look the same, or a log line look like another.
 * https://www.unicode.org/reports/tr36/
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** An emoji of several parts, such as a family, has a joiner (U+200D) between the parts. */
const EMOJI_JOINER =
  /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/u;

/**
 * Persian writes a non-joiner (U+200C) between letters, as in علی‌رضا, and the scripts of India and Sri Lanka
 * one or a joiner behind the sign that takes a vowel away. https://www.rfc-editor.org/rfc/rfc5892#appendix-A
 */
const LETTER_JOINER =
  /(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})|(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d]/u;

/** A joiner where a name needs it: for what reads a name, and for what shows it. */
export const NEEDED_JOINER = new RegExp(`${EMOJI_JOINER.source}|${LETTER_JOINER.source}`, 'gu');

/**
 * Spaces of all kinds, and characters that look like them: Hangul fillers, and the blank Braille
 * cell.
 */
const BLANK = /^[\s\u115f\u1160\u2800\u3164\uffa0]*$/;

/** Nearly every name has only these characters. */
const PLAIN = /^[\w-]+$/;

/**
 * Whether all characters of `name` are visible. Half a surrogate pair is not a character: it cannot
 * be in a URL, but it can be in the path of a signed token.
 */
export function isVisible(name: string): boolean {
  if (PLAIN.test(name)) return true;
  if (BLANK.test(name) || CONTROL.test(name) || !name.isWellFormed()) return false;
  if (!INVISIBLE.test(name)) return true;
  return !INVISIBLE.test(name.replace(NEEDED_JOINER, ''));
}
