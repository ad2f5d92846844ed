import { expect, it } from 'vitest';
import { reasonOf } from './reasonOf.ts';

it('says why a request failed, which Node keeps in the cause', async () => {
  const error = await fetch('http://127.0.0.1:9').catch((failure: unknown) => failure);
  expect(reasonOf(error)).toBe('TypeError: fetch failed (bad port)');
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND a.invalid'), { code: 'ENOTFOUND' });
  expect(reasonOf(new TypeError('fetch failed', { cause }))).toBe(
    'TypeError: fetch failed (ENOTFOUND)',
  );
});

it('says what another error says', () => {
  expect(reasonOf(new Error('it answered 500'))).toBe('Error: it answered 500');
  expect(reasonOf('a text')).toBe('a text');
});
