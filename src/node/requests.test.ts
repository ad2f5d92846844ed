import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathAndQueryOf } from './requests.ts';

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
