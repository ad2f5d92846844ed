import { expect, it } from 'vitest';
import { CommandLineError } from '../CommandLineError.ts';
import { parseCommandLine } from './commandLine.ts';

const HOST = 'https://peerjs.example.com';

it('needs no more than an address', () => {
  expect(parseCommandLine([HOST], {})).toEqual({
    kind: 'try',
    waitSeconds: 10,
    target: {
      address: HOST,
      key: 'peerjs',
      adminToken: undefined,
      jwt: undefined,
      pageOrigin: undefined,
    },
  });
});

it.each([
  [`${HOST}/`, HOST],
  [`${HOST}/peer/`, `${HOST}/peer`],
  ['http://localhost:9000', 'http://localhost:9000'],
])('%s is the server at %s', (given, address) => {
  expect(parseCommandLine([given], {})).toMatchObject({ target: { address } });
});

it('reads secrets from the environment, and options first', () => {
  const environment = { ADMIN_TOKEN: 'of the shell', PEERJS_KEY: 'mine', JWT_SECRET: '' };
  expect(parseCommandLine([HOST, '--token', 'given'], environment)).toMatchObject({
    target: { adminToken: 'given', key: 'mine', jwt: undefined },
  });
});

it.each([
  ['no address', []],
  ['two addresses', [HOST, HOST]],
  ['no scheme', ['peerjs.example.com']],
  ['another scheme', ['ws://peerjs.example.com']],
  ['a time that is no number', [HOST, '--wait', 'long']],
  ['an option that does not exist', [HOST, '--tokens', 'x']],
])('refuses %s', (_, args) => {
  expect(() => parseCommandLine(args, {})).toThrow(CommandLineError);
});
