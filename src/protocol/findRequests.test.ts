import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { anyText } from '../../tests/support/hostileFrames.ts';
import { readListQuery, readMatch } from './findRequests.ts';
import { RequestError } from './roomRequests.ts';

const list = (query: string) => readListQuery(new URLSearchParams(query));

describe('the query of a list', () => {
  it.each([
    ['', { limit: 20, meta: {} }],
    ['limit=1', { limit: 1, meta: {} }],
    ['limit=100&token=secret', { limit: 100, meta: {} }],
    ['meta.mode=duel&meta.level=3', { limit: 20, meta: { mode: 'duel', level: '3' } }],
    ['meta.=x&meta.a.b=', { limit: 20, meta: { '': 'x', 'a.b': '' } }],
  ])('%j is read', (query, expected) => expect(list(query)).toEqual(expected));

  it.each<[string, string]>([
    ...['limit=0', 'limit=101', 'limit=', 'limit=-1', 'limit=1.5', 'limit=1e1', 'limit=ten'].map(
      (query) => [query, 'limit must be a whole number from 1 to 100.'] as [string, string],
    ),
    ['mode=duel', 'mode is no field of a request.'],
    ['limit=2&Meta.mode=duel', 'Meta.mode is no field of a request.'],
    ['%00=1', 'This is no field of a request.'],
    [`meta.mode=${'x'.repeat(2048)}`, 'meta must have at most 1024 bytes.'],
  ])('%j is refused', (query, msg) => expect(() => list(query)).toThrow(new RequestError(msg)));

  it('is read or refused, whatever it is', () => {
    const name = fc
      .tuple(fc.constantFrom('', 'meta.'), anyText(10))
      .map((parts) => parts.join(''))
      .filter((it) => it !== 'limit');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, anyText(20))), (fields) => {
        try {
          expect(readListQuery(new URLSearchParams(fields)).limit).toBe(20);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestError);
        }
      }),
      fuzzing(1000),
    );
  });

  it('leaves the prototypes of all objects as they are', () => {
    expect(Object.keys(list('meta.__proto__=x').meta)).toEqual(['__proto__']);
  });
});

describe('the body of a match', () => {
  it.each([
    [{}, { size: 4, mode: '' }],
    [
      { size: 2, mode: 'duel', name: ' Ann ', data: { level: 3 } },
      { size: 2, mode: 'duel', name: 'Ann', data: { level: 3 } },
    ],
  ])('%j is read', (body, expected) => expect(readMatch(body, 32)).toEqual(expected));

  it('counts characters as people and JSON Schema do: an emoji is one', () => {
    const read = (length: number) =>
      readMatch({ name: '🦊'.repeat(length), mode: '🎲'.repeat(length) }, 32);
    expect(read(40)).toMatchObject({ name: '🦊'.repeat(40), mode: '🎲'.repeat(40) });
    expect(() => read(41)).toThrow('name must have 1 to 40 characters');
  });

  it.each<[unknown, string]>([
    [undefined, 'The body must be an object.'],
    [null, 'The body must be an object.'],
    [[], 'The body must be an object.'],
    ['{}', 'The body must be an object.'],
    ...[1, 33, 2.5, '4', null, Number.NaN].map(
      (size) => [{ size }, 'size must be a whole number from 2 to 32.'] as [unknown, string],
    ),
    [{ mode: 7 }, 'mode must be a text.'],
    [{ mode: null }, 'mode must be a text.'],
    [{ mode: 'x'.repeat(41) }, 'mode must have at most 40 characters, all of them visible.'],
    [{ mode: 'a\u0000' }, 'mode must have at most 40 characters, all of them visible.'],
    [{ name: '\u202e' }, 'name must have 1 to 40 characters, all of them visible.'],
    [{ data: [] }, 'data must be an object.'],
    [{ data: { long: 'x'.repeat(512) } }, 'data must have at most 512 bytes as JSON.'],
    [{ public: true }, 'public is no field of a request.'],
    [{ password: 'x' }, 'password is no field of a request.'],
  ])('%j is refused', (body, msg) => {
    expect(() => readMatch(body, 32)).toThrow(new RequestError(msg));
  });
});
