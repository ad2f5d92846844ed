import { expect, it } from 'vitest';
import { explain, formatAddress, isReachableByOthers } from '../../selfhost/listenAddress.ts';

it('an IPv6 address stands in brackets before its port', () => {
  expect(formatAddress('::', 80)).toBe('[::]:80');
  expect(formatAddress('127.0.0.1', 80)).toBe('127.0.0.1:80');
});

it.each([
  ['127.0.0.1', false],
  ['127.1.2.3', false],
  ['::1', false],
  ['localhost', false],
  ['0.0.0.0', true],
  ['::', true],
  ['192.0.2.1', true],
])('whether others reach %s: %s', (host, expected) => {
  expect(isReachableByOthers(host)).toBe(expected);
});

it.each([
  ['EADDRINUSE', '--port 80 is already in use on ::. Choose another port.'],
  [
    'EACCES',
    '--port 80 is not allowed to this user (EACCES): ports under 1024 are kept for root. Choose a higher one, and let a proxy listen there.',
  ],
  [
    'EADDRNOTAVAIL',
    '--host :: is not an address of this machine: cannot listen on [::]:80 (EADDRNOTAVAIL).',
  ],
])('%s is explained, and names what was given', (code, sentence) => {
  const host = { value: '::', as: '--host ::' };
  expect(explain(code, host, { value: 80, as: '--port 80' })).toBe(sentence);
});
