/**
 * Codes of rooms, made to be spoken: syllables of a consonant and a vowel, such as `kumora`. If people write
 * a letter that sounds like the right one, it is read as the right one.
 */
import {
  CONSONANTS,
  isCode,
  MAX_SYLLABLES,
  MIN_SYLLABLES,
  VOWELS,
} from '../protocol/roomCodeForm.ts';

/** How a letter that no code has is read: as the one that sounds like it. */
const SOUNDS_LIKE: Readonly<Record<string, string>> = {
  c: 'k',
  d: 't',
  e: 'i',
  g: 'k',
  l: 'r',
  n: 'm',
  p: 'b',
  q: 'k',
  v: 'f',
  w: 'f',
  x: 's',
  y: 'j',
  z: 's',
};

/** A longer text is not read. */
const MAX_WRITTEN = 64;

/** At most one in this many codes is in use, so that a guess is nearly always wrong. */
export const CODES_PER_ROOM = 2000;

/** Words that offend somebody, as far as these letters can spell them. None is in a code. */
const OFFENSIVE = [
  ...['baka', 'boba', 'bobo', 'buta', 'faka', 'fika', 'fiko', 'foka', 'fuka', 'fuki'],
  ...['fuko', 'fuku', 'futa', 'futu', 'isis', 'joto', 'kafir', 'kaka', 'kako', 'kuso'],
  ...['kuta', 'kuti', 'marik', 'mofo', 'moro', 'osama', 'rabo', 'suka', 'suki', 'tita', 'titi'],
];

/** How many codes there are with this number of syllables. */
export function codeCount(syllables: number): number {
  return (CONSONANTS.length * VOWELS.length) ** syllables;
}

/** How many syllables a new code needs in a game with this many rooms. */
export function syllablesFor(rooms: number): number {
  let syllables = MIN_SYLLABLES;
  while (syllables < MAX_SYLLABLES && codeCount(syllables) < rooms * CODES_PER_ROOM) syllables += 1;
  return syllables;
}

/**
 * Makes a code at random.
 *
 * @param syllables from `syllablesFor`.
 */
export function makeCode(syllables: number): string {
  for (;;) {
    const bytes = crypto.getRandomValues(new Uint32Array(syllables));
    let code = '';
    for (const number of bytes) code += syllableOf(number % (CONSONANTS.length * VOWELS.length));
    if (!isOffensive(code)) return code;
  }
}

/**
 * Reads a code as a person wrote it: without regard to case, spaces, dashes and letters that sound
 * alike.
 *
 * @returns undefined for what can be no code.
 */
export function readCode(text: string): string | undefined {
  if (text.length > MAX_WRITTEN) return undefined;
  // An h is silent: `sh`, `th` and `kh` are s, t and k.
  const letters = text.toLowerCase().replace(/[\s\p{Dash}_.h]+/gu, '');
  const code = letters.replace(/[a-z]/g, (letter) => SOUNDS_LIKE[letter] ?? letter);
  return isCode(code) ? code : undefined;
}

function syllableOf(number: number): string {
  const consonant = CONSONANTS[Math.floor(number / VOWELS.length)] ?? '';
  return consonant + (VOWELS[number % VOWELS.length] ?? '');
}

function isOffensive(code: string): boolean {
  return OFFENSIVE.some((word) => code.includes(word));
}
