import { expect, it } from 'vitest';
import { explainListenError, formatAddress, isLoopbackHost } from './listenAddress.ts';

it('writes an address as a URL has it', () => {
  expect(formatAddress({ host: '::', port: 80 })).toBe('[::]:80');
  expect(formatAddress({ host: '127.0.0.1', port: 9000 })).toBe('127.0.0.1:9000');
  expect(formatAddress({ host: 'localhost', port: 9000 })).toBe('localhost:9000');
});

it.each([
  [
    'EACCES',
    80,
    /^--port 80: this user may not listen on \[::\]:80. Ports under 1024 are for root/,
  ],
  [
    'EACCES',
    9000,
    '--port 9000: the system does not allow listening on [::]:9000. Choose another one.',
  ],
  ['EADDRINUSE', 80, '--port 80 is already in use on [::]: choose another one.'],
  [
    'EADDRNOTAVAIL',
    80,
    'HOST :: is no address of this machine. Choose one that is, or 0.0.0.0 for all.',
  ],
  ['EMFILE', 80, 'Cannot listen on [::]:80 (EMFILE): see HOST and --port.'],
])('says what %s on port %i means', (code, port, sentence) => {
  const names = { host: 'HOST', port: '--port' };
  expect(explainListenError({ code }, { host: '::', port, names })).toMatch(sentence);
});

it('knows what is reached from this machine alone', () => {
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost']) {
    expect(isLoopbackHost(host), host).toBe(true);
  }
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost.example', '127.example.com']) {
    expect(isLoopbackHost(host), host).toBe(false);
  }
});
