import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { anyText } from '../../tests/support/hostileFrames.ts';
import { WRONG_GUESSES_PER_MINUTE } from '../admission/Guesses.ts';
import { MAX_SYLLABLES, MIN_SYLLABLES } from '../protocol/roomCodeForm.ts';
import { CODES_PER_ROOM, codeCount, makeCode, readCode, syllablesFor } from './roomCode.ts';

const syllables = fc.integer({ min: MIN_SYLLABLES, max: MAX_SYLLABLES });

describe('a code', () => {
  it('is syllables of a consonant and a vowel', () => {
    for (const count of [3, 4, 5]) {
      expect(makeCode(count)).toMatch(new RegExp(`^([bfjkmrst][aiou]){${count}}$`));
    }
  });

  it('is a new one each time', () => {
    // Of 34 billion codes of seven syllables, no two among a thousand are the same in 60,000 runs.
    const codes = Array.from({ length: 1000 }, () => makeCode(7));
    expect(new Set(codes).size).toBe(1000);
  });

  it('has every syllable now and then', () => {
    const found = Array.from({ length: 3000 }, () => makeCode(3).match(/../g) ?? []).flat();
    expect(new Set(found).size).toBe(32);
  });

  it('has no offensive word in it', () => {
    const codes = Array.from({ length: 20_000 }, () => makeCode(4)).join(' ');
    expect(codes).not.toMatch(/kaka|fuka|faka|kuso|mofo|suka|kafir|isis/);
  });
});

describe('a code that a person wrote', () => {
  it.each([
    ['kumora', 'kumora'],
    ['KUMORA', 'kumora'],
    [' ku-mo ra ', 'kumora'],
    ['Ku–Mo–Ra', 'kumora'],
    ['gunola', 'kumora'],
    ['qumohra', 'kumora'],
    ['cumora', 'kumora'],
    ['decibe', 'tikibi'],
    ['yazi pa', 'jasiba'],
  ])('%j is read as %s', (written, code) => {
    expect(readCode(written)).toBe(code);
  });

  it.each([
    '',
    'ku',
    'kumo',
    'umoraku',
    'kumoraa',
    'kumor',
    '123456',
    'кумора',
    'kumora\n!',
    'ku/mora',
    'ku'.repeat(MAX_SYLLABLES + 1),
  ])('%j can be none', (written) => expect(readCode(written)).toBeUndefined());

  it('is not read if it is far too long', () => {
    expect(readCode(`${' '.repeat(64)}kumora`)).toBeUndefined();
  });

  it('is read as what was made, whatever its case and what stands between its syllables', () => {
    const between = fc.constantFrom('', ' ', '-', ' - ', '\t', '–', '.', '_');
    fc.assert(
      fc.property(syllables, between, fc.boolean(), (count, separator, isUpper) => {
        const code = makeCode(count);
        const written = (code.match(/../g) ?? []).join(separator);
        expect(readCode(isUpper ? written.toUpperCase() : written)).toBe(code);
      }),
      fuzzing(500),
    );
  });

  it('is read as a code that is read as itself, or as none', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz -'),
      maxLength: 16,
    });
    fc.assert(
      fc.property(fc.oneof(letters, anyText(16)), (written) => {
        const code = readCode(written);
        if (code !== undefined) expect(readCode(code)).toBe(code);
      }),
      fuzzing(2000),
    );
  });
});

describe('the number of syllables', () => {
  it('grows with the rooms of a game, so that one code in 2,000 is in use at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (rooms) => {
        expect(rooms / codeCount(syllablesFor(rooms))).toBeLessThanOrEqual(1 / CODES_PER_ROOM);
      }),
      fuzzing(1000),
    );
  });

  it('is as small as that allows', () => {
    expect([1, 16, 17, 524, 525, 10_000].map(syllablesFor)).toEqual([3, 3, 4, 4, 5, 5]);
  });
});

describe('guessing codes', () => {
  it.each([1, 16, 17, 524, 525, 10_000])(
    'takes an address over three hours to find one room of %i',
    (rooms) => {
      const chance = rooms / codeCount(syllablesFor(rooms));
      const minutesForOneRoom = 1 / chance / WRONG_GUESSES_PER_MINUTE;
      expect(minutesForOneRoom / 60).toBeGreaterThan(3);
    },
  );

  it('takes an address years to find each of ten thousand rooms, if they stay that long', () => {
    const rooms = 10_000;
    const minutesForOneRoom = codeCount(syllablesFor(rooms)) / rooms / WRONG_GUESSES_PER_MINUTE;
    const years = (minutesForOneRoom * rooms) / (60 * 24 * 365);
    expect(years).toBeGreaterThan(6);
  });
});
