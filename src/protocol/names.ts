/** No peer id is longer, in UTF-16 code units. Some games use keys and signatures as ids. */
export const MAX_ID_LENGTH = 512;
/** No part of a path is longer, in UTF-16 code units: the name of a room is one. */
export const MAX_PATH_PART_LENGTH = 128;
/** No token is longer: it has to fit, with the id, into the 16,384 bytes of a socket attachment. */
export const MAX_TOKEN_LENGTH = 4096;

/** Control characters, and the separators of lines and paragraphs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * What nobody sees: the controls of writing direction, and characters without a width. With them two
 * names look the same, or a line of a log reads otherwise than it is.
 * https://www.unicode.org/reports/tr36/
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** Emoji of several parts, such as a family, have a joiner (U+200D) between these. */
const JOINED_EMOJI =
  /(\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

/** Spaces of all kinds, and what is as empty as these: fillers of Hangul, and a cell of Braille. */
const BLANK = /^[\s\u115f\u1160\u2800\u3164\uffa0]*$/;

/** Whether `id` can be the id of a peer. */
export function isValidId(id: string): boolean {
  return id.length <= MAX_ID_LENGTH && isVisible(id);
}

/** Whether `part` can be a segment of a path, such as the name of a room. */
export function isValidPathPart(part: string): boolean {
  return part.length <= MAX_PATH_PART_LENGTH && isVisible(part);
}

/** Whether `token` can prove who owns an id. */
export function isValidToken(token: string): boolean {
  return token !== '' && token.length <= MAX_TOKEN_LENGTH;
}

/**
 * Whether a person who reads `name` sees all of it. Half a surrogate pair is no character: no URL can
 * hold it, but a path in a signed token can.
 */
function isVisible(name: string): boolean {
  if (BLANK.test(name) || CONTROL.test(name) || !name.isWellFormed()) return false;
  return !INVISIBLE.test(name.includes('\u200d') ? name.replace(JOINED_EMOJI, '$1') : name);
}
