import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathAndQueryOf, putBackBody, urlOf } from './requests.ts';

const target = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('/', 'room', 'a-b_c~9', 'peerjs', '?', '&', '=') },
      { weight: 1, arbitrary: fc.constantFrom('.', '..', '%41', '%2e', '\\', '#', '@', ':', ' ') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `/${pieces.join('')}`);
const host = fc.oneof(
  fc.constantFrom('localhost', '127.0.0.1:9000', '[::1]:9000', 'game.example:59999'),
  fc.constantFrom('a b', '%00', '<>', 'a:99999', 'game.example:60000', 'user@game.example'),
);

it('a request asks for the path and the query that URL finds in it', () => {
  fc.assert(
    fc.property(target, host, (url, host) => {
      const request: Pick<IncomingMessage, 'url' | 'headers'> = { url, headers: { host } };
      const expected = URL.parse(`http://${host}${url}`) ?? undefined;
      expect(pathAndQueryOf(request as IncomingMessage)).toEqual(
        expected &&
          expect.objectContaining({ pathname: expected.pathname, search: expected.search }),
      );
    }),
    { numRuns: 500 },
  );
});

it('a request with an empty Host header asks for its whole path', () => {
  const request = { url: '/x/peerjs?id=ann', headers: { host: '' } } as IncomingMessage;
  expect(pathAndQueryOf(request)).toEqual({ pathname: '/x/peerjs', search: '?id=ann' });
  expect(urlOf(request)?.pathname).toBe('/x/peerjs');
});

describe('the body of a request that a program has read', () => {
  it.each([
    ['as JSON', { password: 'secret' }, '{"password":"secret"}'],
    ['as a text', '{"password":"secret"}', '{"password":"secret"}'],
    ['as bytes', Buffer.from('{}'), '{}'],
    ['as null', null, 'null'],
  ])('is put back, where it was read %s', (_, body, expected) => {
    const request = { readableDidRead: true, body };
    expect(putBackBody(request as unknown as IncomingMessage)).toBe(true);
    expect(String(Object(request).rawBody)).toBe(expected);
  });

  it('is lost where nothing is left of it', () => {
    expect(putBackBody({ readableDidRead: true } as IncomingMessage)).toBe(false);
  });

  it('is left alone where nobody has read it', () => {
    const request = { readableDidRead: false, body: {} };
    expect(putBackBody(request as unknown as IncomingMessage)).toBe(true);
    expect(request).toEqual({ readableDidRead: false, body: {} });
  });
});
