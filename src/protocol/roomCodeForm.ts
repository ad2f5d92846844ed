/** No two of these letters sound alike, so that people who hear a code can write it down. */
export const CONSONANTS = 'bfjkmrst';
export const VOWELS = 'aiou';

/** No game has codes of fewer syllables. */
export const MIN_SYLLABLES = 3;
/** Enough for every game: 17 million rooms. */
export const MAX_SYLLABLES = 7;

const CODE = new RegExp(`^(?:[${CONSONANTS}][${VOWELS}]){${MIN_SYLLABLES},${MAX_SYLLABLES}}$`);

/** Whether a text is a code as it is made, letter by letter: syllables such as `kumora`. */
export function isCode(text: string): boolean {
  return CODE.test(text);
}
