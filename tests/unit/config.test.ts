import { readFileSync } from 'node:fs';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import {
  type Config,
  ConfigError,
  configOf,
  parseConfig,
  SECRET_NAMES,
  SETTING_NAMES,
  type SettingName,
} from '../../src/config.ts';

const WRANGLER = parse(readFileSync(new URL('../../wrangler.jsonc', import.meta.url), 'utf8')) as {
  vars: Record<string, string>;
};

it('has a default for every setting', () => {
  expect(parseConfig({})).toEqual({
    key: 'peerjs',
    maxPeersPerRoom: 4,
    realmCapacity: 5000,
    realmShards: 1,
    allowDiscovery: 'rooms',
    expireTimeout: 5000,
    leaveGrace: 4000,
    aliveTimeout: 90_000,
    messagesPerSecond: 100,
    maxMessageBytes: 262_144,
    isAllowedOrigin: expect.any(Function),
    jwtSecret: '',
    jwtJwksUrl: '',
    trustedProxies: 0,
    stunUrls: ['stun:stun.cloudflare.com:3478'],
    turn: { kind: 'none' },
    iceTtl: 86_400,
  } satisfies Config);
  expect(parseConfig({}).isAllowedOrigin('https://game.example')).toBe(true);
});

it('has the defaults that wrangler.jsonc shows, for all settings that are no secrets', () => {
  expect(Object.keys(WRANGLER.vars)).toEqual(
    SETTING_NAMES.filter((name) => !SECRET_NAMES.includes(name)),
  );
  expect(plain(parseConfig(WRANGLER.vars))).toEqual(plain(parseConfig({})));
});

it.each(['', '  ', undefined, null])('takes %j for absent', (value) => {
  const environment = Object.fromEntries(SETTING_NAMES.map((name) => [name, value]));
  expect(plain(parseConfig(environment))).toEqual(plain(parseConfig({})));
});

it('takes spaces around a value for nothing', () => {
  expect(parseConfig({ MAX_PEERS_PER_ROOM: ' 7\n' }).maxPeersPerRoom).toBe(7);
});

it('takes a number as wrangler.jsonc may have it', () => {
  expect(parseConfig({ MAX_PEERS_PER_ROOM: 7 }).maxPeersPerRoom).toBe(7);
});

describe.each<{ name: SettingName; field: keyof Config; valid: unknown[][]; invalid: string[] }>([
  {
    name: 'PEERJS_KEY',
    field: 'key',
    valid: [['k'], ['My_key-7'], ['k'.repeat(128)]],
    invalid: ['a b', 'a/b', 'ключ', 'k'.repeat(129)],
  },
  {
    name: 'MAX_PEERS_PER_ROOM',
    field: 'maxPeersPerRoom',
    valid: [
      ['1', 1],
      ['100', 100],
    ],
    invalid: ['0', '101', '-1', '2.5', '4 peers', 'Infinity', '0x4', '1e1'],
  },
  {
    name: 'REALM_CAPACITY',
    field: 'realmCapacity',
    valid: [
      ['1', 1],
      ['10000000', 10_000_000],
    ],
    invalid: ['0', '10000001', 'off', '5,000'],
  },
  {
    name: 'REALM_SHARDS',
    field: 'realmShards',
    valid: [
      ['1', 1],
      ['1024', 1024],
    ],
    invalid: ['0', '1025', 'off'],
  },
  {
    name: 'ALLOW_DISCOVERY',
    field: 'allowDiscovery',
    valid: [['none'], ['rooms'], ['all']],
    invalid: ['true', 'ALL', 'room'],
  },
  {
    name: 'EXPIRE_TIMEOUT_MS',
    field: 'expireTimeout',
    valid: [
      ['0', 0],
      ['60000', 60_000],
    ],
    invalid: ['-1', '60001', 'off', '5s'],
  },
  {
    name: 'LEAVE_GRACE_MS',
    field: 'leaveGrace',
    valid: [
      ['0', 0],
      ['5000', 5000],
      ['off', 'off'],
    ],
    invalid: ['-1', '5001', 'never', 'OFF'],
  },
  {
    name: 'ALIVE_TIMEOUT_MS',
    field: 'aliveTimeout',
    valid: [
      ['1000', 1000],
      ['86400000', 86_400_000],
    ],
    invalid: ['0', '999', '86400001', 'off'],
  },
  {
    name: 'RATE_LIMIT_PER_SECOND',
    field: 'messagesPerSecond',
    valid: [
      ['1', 1],
      ['100000', 100_000],
    ],
    invalid: ['0', '100001', 'off'],
  },
  {
    name: 'MAX_MESSAGE_BYTES',
    field: 'maxMessageBytes',
    valid: [
      ['1024', 1024],
      ['1048576', 1_048_576],
    ],
    invalid: ['1023', '1048577', '1 MiB'],
  },
  {
    name: 'JWT_JWKS_URL',
    field: 'jwtJwksUrl',
    valid: [['https://login.example/keys'], ['http://localhost:3000/keys']],
    invalid: ['login.example', 'http://login.example/keys', 'file:///keys'],
  },
  {
    name: 'TRUST_PROXY',
    field: 'trustedProxies',
    valid: [
      ['false', 0],
      ['true', 1],
      ['0', 0],
      ['10', 10],
    ],
    invalid: ['yes', '-1', '11', 'TRUE'],
  },
  {
    name: 'STUN_URLS',
    field: 'stunUrls',
    valid: [['stun:a, stuns:b:5349', ['stun:a', 'stuns:b:5349']]],
    invalid: ['stun.example', 'turn:a', 'stun:a stun:b'],
  },
  {
    name: 'ICE_TTL_SECONDS',
    field: 'iceTtl',
    valid: [
      ['60', 60],
      ['172800', 172_800],
    ],
    invalid: ['59', '172801', '1d'],
  },
])('$name', ({ name, field, valid, invalid }) => {
  it.each(valid)('may be %j', (text, expected = text) => {
    expect(parseConfig({ [name]: text })[field]).toEqual(expected);
  });

  it.each(invalid)('may not be %j, and says so in a sentence that names it', (text) => {
    expect(() => parseConfig({ [name]: text })).toThrow(ConfigError);
    expect(() => parseConfig({ [name]: text })).toThrow(
      new RegExp(`^${name} must be .+; it is ${escaped(JSON.stringify(text))}\\.$`),
    );
  });
});

it('says what a setting should be', () => {
  expect(() => parseConfig({ MAX_PEERS_PER_ROOM: '0' })).toThrow(
    'MAX_PEERS_PER_ROOM must be a whole number from 1 to 100; it is "0".',
  );
});

it('says nothing about variables that are no settings', () => {
  expect(plain(parseConfig({ MAX_PEERS: 'x', PATH: '/bin' }))).toEqual(plain(parseConfig({})));
});

it('reads the environment of a Worker once, and a broken one each time', () => {
  const environment = { MAX_PEERS_PER_ROOM: '3' };
  expect(configOf(environment)).toBe(configOf(environment));
  expect(configOf(environment).maxPeersPerRoom).toBe(3);
  const broken = { MAX_PEERS_PER_ROOM: '-' };
  for (let time = 0; time < 2; time += 1) expect(() => configOf(broken)).toThrow(ConfigError);
});

it('takes a list of origins, and nothing that is none', () => {
  const { isAllowedOrigin } = parseConfig({ ALLOWED_ORIGINS: 'https://game.example' });
  expect(isAllowedOrigin('https://game.example')).toBe(true);
  expect(isAllowedOrigin('https://other.example')).toBe(false);
  expect(() => parseConfig({ ALLOWED_ORIGINS: 'game' })).toThrow(/^ALLOWED_ORIGINS must be /);
});

it('takes a secret of at least 32 characters, and never prints it', () => {
  const secret = 'x'.repeat(32);
  expect(parseConfig({ JWT_SECRET: secret }).jwtSecret).toBe(secret);
  expect(() => parseConfig({ JWT_SECRET: 'too short' })).toThrow(
    /^JWT_SECRET must be at least 32 characters\.$/,
  );
});

it('does not take two ways of signing tokens', () => {
  const both = { JWT_SECRET: 'x'.repeat(32), JWT_JWKS_URL: 'https://login.example/keys' };
  expect(() => parseConfig(both)).toThrow('JWT_SECRET and JWT_JWKS_URL must not both be set');
});

describe('where relays come from', () => {
  it('is nowhere, unless a setting says so', () => {
    expect(parseConfig({}).turn).toEqual({ kind: 'none' });
  });

  it('is Cloudflare with TURN_KEY_ID, an own server with TURN_URLS', () => {
    expect(parseConfig({ TURN_KEY_ID: 'id', TURN_KEY_API_TOKEN: 'token' }).turn).toEqual({
      kind: 'cloudflare',
      keyId: 'id',
      apiToken: 'token',
    });
    expect(parseConfig({ TURN_URLS: 'turn:a, turns:b:443', TURN_SECRET: 'north' }).turn).toEqual({
      kind: 'own',
      urls: ['turn:a', 'turns:b:443'],
      secret: 'north',
    });
  });

  it('is not changed by a secret that nothing needs yet', () => {
    expect(parseConfig({ TURN_KEY_API_TOKEN: 'token', TURN_SECRET: 'north' }).turn).toEqual({
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
      'TURN_URLS must be one or more turn: or turns: URLs, separated by commas; it is "turn.example.com".',
    ],
  ])('is refused where it is not clear: %o', (environment, sentence) => {
    expect(() => parseConfig(environment)).toThrow(sentence);
  });

  it('is refused without repeating a secret that is not valid', () => {
    const environment = { TURN_KEY_ID: 'id', TURN_KEY_API_TOKEN: 'pass word' };
    expect(() => parseConfig(environment)).toThrow(
      /^TURN_KEY_API_TOKEN must be the API token of the TURN key, without spaces\.$/,
    );
  });
});

/** The matcher is a function, made afresh each time. */
function plain({ isAllowedOrigin: _, ...others }: Config): Omit<Config, 'isAllowedOrigin'> {
  return others;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
