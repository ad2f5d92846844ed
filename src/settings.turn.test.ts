import { describe, expect, it } from 'vitest';
import { parseSettings } from './settings.ts';

describe('where relays come from', () => {
  it('is nowhere, unless a setting says so', () => {
    expect(parseSettings({}).turn).toEqual({ kind: 'none' });
  });

  it('is Cloudflare with TURN_KEY_ID, an own server with TURN_URLS', () => {
    expect(parseSettings({ TURN_KEY_ID: 'id', TURN_KEY_API_TOKEN: 'token' }).turn).toEqual({
      kind: 'cloudflare',
      keyId: 'id',
      apiToken: 'token',
    });
    expect(parseSettings({ TURN_URLS: 'turn:a, turns:b:443', TURN_SECRET: 'north' }).turn).toEqual({
      kind: 'own',
      urls: ['turn:a', 'turns:b:443'],
      secret: 'north',
    });
  });

  it('is not changed by a secret that nothing needs yet', () => {
    expect(parseSettings({ TURN_KEY_API_TOKEN: 'token', TURN_SECRET: 'north' }).turn).toEqual({
      kind: 'none',
    });
  });

  it.each([
    [{ TURN_KEY_ID: 'id' }, 'TURN_KEY_API_TOKEN must be set where TURN_KEY_ID is.'],
    [{ TURN_URLS: 'turn:a' }, 'TURN_SECRET must be set where TURN_URLS is.'],
    [
      { TURN_KEY_ID: 'id', TURN_URLS: 'turn:a' },
      'TURN_KEY_ID and TURN_URLS must not both be set: choose one relay.',
    ],
    [
      { TURN_URLS: 'turn.example.com' },
      'TURN_URLS must be one or more turn: or turns: URLs such as turn:turn.example.com:3478, separated by commas; it is "turn.example.com".',
    ],
  ])('is refused where it is not clear: %o', (environment, sentence) => {
    expect(() => parseSettings(environment)).toThrow(sentence);
  });

  it.each([
    'turn://turn.example.com:3478',
    'turn:turn.example.com:3478/',
    'turn:turn.example.com:',
    'turn:turn.example.com:port',
    'turn:player@turn.example.com',
    'turn:2001:db8::1',
    'turn:good.example, turns://bad.example',
  ])('is refused where a browser would make no connection at all: %s', (urls) => {
    expect(() => parseSettings({ TURN_URLS: urls, TURN_SECRET: 'north' })).toThrow(
      'TURN_URLS must',
    );
    const stun = urls.replaceAll('turn', 'stun');
    expect(() => parseSettings({ STUN_URLS: stun })).toThrow('STUN_URLS must');
  });

  it.each(['turn:192.0.2.1', 'turns:[2001:db8::1]:5349?transport=tcp', 'turn:türn_1.example:80'])(
    'takes %s',
    (url) => {
      expect(parseSettings({ TURN_URLS: url, TURN_SECRET: 'north' }).turn).toMatchObject({
        urls: [url],
      });
    },
  );

  it('is refused without repeating a secret that is not valid', () => {
    const environment = { TURN_KEY_ID: 'id', TURN_KEY_API_TOKEN: 'pass word' };
    expect(() => parseSettings(environment)).toThrow(
      /^TURN_KEY_API_TOKEN must be the API token of the TURN key, without spaces\.$/,
    );
  });
});
