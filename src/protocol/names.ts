/**
 * The maximum length of a peer id, in UTF-16 code units. Some games use keys and signatures as ids.
 */
const MAX_ID_LENGTH = 512;
/** The maximum length of a part of a path, such as a room's name, in UTF-16 code units. */
export const MAX_PATH_PART_LENGTH = 128;
/**
 * The maximum length of a token: with the id it must fit the 16,384 bytes of a socket attachment.
 */
export const MAX_TOKEN_LENGTH = 4096;

/** Control characters, and separators of lines and paragraphs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Invisible characters: controls of the writing direction, and characters without a width. They
 * make two different names look the same, or a log line look like another.
 * https://www.unicode.org/reports/tr36/
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/**
 * Characters that most programs do not show, such as selectors of a variant. In a player's name they may
 * be needed; of two ids that differ in one, people would see no difference.
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

/** Emoji as keyboards write them, in which some of these characters are: of a joined one, each part. */
const EMOJI =
  /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?\u200d(?=\p{Extended_Pictographic})|\p{RGI_Emoji}/gv;

/** Emoji of several parts, such as a family, have a joiner (U+200D) between the parts. */
const JOINED_EMOJI =
  /(\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

/**
 * Spaces of all kinds, and characters that look like them: Hangul fillers, and the blank Braille
 * cell.
 */
const BLANK = /^[\s\u115f\u1160\u2800\u3164\uffa0]*$/;

/** Whether `id` can be the id of a peer. */
export function isValidId(id: string): boolean {
  return id.length <= MAX_ID_LENGTH && isDistinct(id);
}

/** Whether `part` can be a part of a path, such as the name of a room. */
export function isValidPathPart(part: string): boolean {
  return part.length <= MAX_PATH_PART_LENGTH && isDistinct(part);
}

/** Whether `token` can prove who owns an id. */
export function isValidToken(token: string): boolean {
  return token !== '' && token.length <= MAX_TOKEN_LENGTH;
}

/** Nearly every name has only these characters. */
const PLAIN = /^[\w-]+$/;

/**
 * Whether all characters of `name` are visible. Half a surrogate pair is not a character: it cannot
 * be in a URL, but it can be in the path of a signed token.
 */
export function isVisible(name: string): boolean {
  if (PLAIN.test(name)) return true;
  if (BLANK.test(name) || CONTROL.test(name) || !name.isWellFormed()) return false;
  return !INVISIBLE.test(name.includes('\u200d') ? name.replace(JOINED_EMOJI, '$1') : name);
}

/** Whether a name is visible, and differs from others in what can be seen. */
function isDistinct(name: string): boolean {
  if (PLAIN.test(name)) return true;
  return isVisible(name) && !IGNORABLE.test(name.replace(EMOJI, ''));
}
