import { expect, it } from 'vitest';
import { serversFor } from './probes.ts';

const SERVERS = [
  { urls: ['stun:stun.example:3478', 'stuns:stun.example:5349'] },
  {
    urls: [
      'turn:turn.example:3478?transport=udp',
      'turn:turn.example:3478?transport=tcp',
      'turns:turn.example:5349?transport=tcp',
      'turn:turn.example:3478',
    ],
    username: 'user',
    credential: 'secret',
  },
];

it.each([
  ['stun', ['stun:stun.example:3478', 'stuns:stun.example:5349']],
  ['turnUdp', ['turn:turn.example:3478?transport=udp', 'turn:turn.example:3478']],
  ['turnTcp', ['turn:turn.example:3478?transport=tcp']],
  ['turnTls', ['turns:turn.example:5349?transport=tcp']],
] as const)('%s has its own servers', (step, urls) => {
  expect(serversFor(step, SERVERS).map((server) => server.urls)).toEqual(urls);
});

it('each server is asked with its own credentials', () => {
  expect(serversFor('turnTls', SERVERS)).toEqual([
    { urls: 'turns:turn.example:5349?transport=tcp', username: 'user', credential: 'secret' },
  ]);
});
