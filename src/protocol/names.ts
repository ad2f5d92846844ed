import { isVisible } from './visible.ts';

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

/**
 * Characters that most programs do not show, such as selectors of a variant. In a player's name they may
 * be needed; of two ids that differ in one, people would see no difference.
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

/** Emoji as keyboards write them, in which some of these characters are: of a joined one, each part. */
const EMOJI =
  /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?\u200d(?=\p{Extended_Pictographic})|\p{RGI_Emoji}/gv;

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

/** Whether a name is visible, and differs from others in what can be seen. */
function isDistinct(name: string): boolean {
  if (!isVisible(name)) return false;
  return !IGNORABLE.test(name) || !IGNORABLE.test(name.replace(EMOJI, ''));
}
