import { describe, expect, it } from 'vitest';
import {
  CODES_PER_ROOM,
  codeCount,
  MIN_SYLLABLES,
  makeCode,
  readCode,
  syllablesFor,
} from '../../../src/games/roomCode.ts';

describe('a code', () => {
  it('is syllables of a consonant and a vowel', () => {
    for (const syllables of [3, 4, 5]) {
      expect(makeCode(syllables)).toMatch(new RegExp(`^([bfjkmrst][aiou]){${syllables}}$`));
    }
  });

  it('is another one each time', () => {
    const codes = Array.from({ length: 1000 }, () => makeCode(6));
    expect(new Set(codes).size).toBe(1000);
  });

  it('has every syllable now and then', () => {
    const syllables = Array.from({ length: 3000 }, () => makeCode(3).match(/../g) ?? []).flat();
    expect(new Set(syllables).size).toBe(32);
  });

  it('has no rude word in it', () => {
    const codes = Array.from({ length: 20_000 }, () => makeCode(4)).join(' ');
    expect(codes).not.toMatch(/kaka|fuka|faka|kuso|mofo|suka/);
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
  ])('%j can be none', (written) => expect(readCode(written)).toBeUndefined());

  it('is not read if it is far too long', () => {
    expect(readCode(`${' '.repeat(64)}kumora`)).toBeUndefined();
  });

  it('is read as what was made', () => {
    for (let count = 0; count < 200; count += 1) {
      const code = makeCode(3 + (count % 5));
      expect(readCode(code.toUpperCase())).toBe(code);
    }
  });
});

describe('the number of syllables', () => {
  it('grows with the rooms of a game, so that one code in 2,000 is in use at most', () => {
    for (const rooms of [1, 16, 17, 524, 525, 10_000, 1_000_000]) {
      expect(rooms / codeCount(syllablesFor(rooms))).toBeLessThanOrEqual(1 / CODES_PER_ROOM);
    }
    expect(syllablesFor(1)).toBe(MIN_SYLLABLES);
    expect(syllablesFor(10_000)).toBe(5);
  });

  it('makes guessing hopeless: with ten wrong codes a minute, years for ten thousand rooms', () => {
    const rooms = 10_000;
    const wrongCodesAMinute = 10;
    const chance = rooms / codeCount(syllablesFor(rooms));
    const minutesForOneRoom = 1 / chance / wrongCodesAMinute;
    expect(minutesForOneRoom).toBeGreaterThan(200);
    // Of one address, and as long as all of them stay open.
    const years = (minutesForOneRoom * rooms) / (60 * 24 * 365);
    expect(years).toBeGreaterThan(3);
  });
});
