import { describe, expect, it } from 'vitest';
import {
  checkEnvironmentNames,
  parseSettings,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  SettingsError,
  settingsOf,
} from './settings.ts';

/** What can be compared: a matcher of origins is a new function each time. */
function parsed(environment: Record<string, unknown>) {
  return { ...parseSettings(environment), isAllowedOrigin: undefined };
}

it('has a default for every setting', () => {
  expect(parsed({})).toEqual({
    key: 'peerjs',
    maxPeersPerRoom: 4,
    maxRoomSize: 32,
    realmCapacity: 5000,
    realmShards: 1,
    allowDiscovery: 'rooms',
    expireTimeout: 5000,
    leaveGrace: 30_000,
    aliveTimeout: 90_000,
    joinsPerMinute: 300,
    messagesPerSecond: 100,
    maxMessageBytes: 1_048_576,
    relaysPayloads: false,
    roomsFile: '',
    isAllowedOrigin: undefined,
    jwtSecret: '',
    jwtJwksUrl: '',
    jwtAudience: '',
    jwtIssuer: '',
    trustedProxies: 0,
    stunUrls: ['stun:stun.cloudflare.com:3478'],
    changed: [],
    turn: { kind: 'none' },
    iceTtl: 86_400,
    jurisdiction: '',
    locationHint: '',
    logLevel: 'info',
    hasMetrics: true,
    takesLinkReports: true,
    hasPublicMetrics: false,
    adminToken: '',
    isSelfHosted: false,
    mount: '',
  });
  expect(parseSettings({}).isAllowedOrigin('https://any.example')).toBe(true);
});

it('names the settings that are set, and not to their default', () => {
  const environment = { REALM_SHARDS: ' 1 ', RELAY: '', LOCATION_HINT: 'weur', PATH: '/bin' };
  expect(parseSettings(environment).changed).toEqual(['LOCATION_HINT']);
});

it('takes no reports of links where nothing is counted', () => {
  expect(parseSettings({ METRICS: 'off' }).takesLinkReports).toBe(false);
});

it.each(['', '  ', undefined, null])('takes %j for absent', (value) => {
  const environment = Object.fromEntries(SETTING_NAMES.map((name) => [name, value]));
  expect(parsed(environment)).toEqual(parsed({}));
});

it('takes spaces around a value for nothing', () => {
  expect(parseSettings({ MAX_PEERS_PER_ROOM: ' 7\n' }).maxPeersPerRoom).toBe(7);
});

it.each([
  ['JWT_SECRET', '"0123456789abcdef0123456789abcdef"'],
  ['JWT_ISSUER', "'https://game.example/'"],
  ['ALLOWED_ORIGINS', '"https://game.example"'],
  ['MAX_PEERS_PER_ROOM', '"8"'],
])('refuses %s in quotation marks, and does not show it', (name, value) => {
  expect(() => parseSettings({ [name]: value })).toThrow(
    new SettingsError(
      `${name} is in quotation marks, which would be a part of it: take them away.`,
    ),
  );
});

it('takes a number as wrangler.jsonc may have it', () => {
  expect(parseSettings({ MAX_PEERS_PER_ROOM: 7 }).maxPeersPerRoom).toBe(7);
});

describe.each<{ name: SettingName; field: keyof Settings; valid: unknown[][]; invalid: string[] }>([
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
      ['600000', 600_000],
    ],
    invalid: ['-1', '600001', 'off', '5s'],
  },
  {
    name: 'LEAVE_GRACE_MS',
    field: 'leaveGrace',
    valid: [
      ['0', 0],
      ['600000', 600_000],
      ['off', 'off'],
    ],
    invalid: ['-1', '600001', 'never', 'OFF'],
  },
  {
    name: 'REALM_SHARDS',
    field: 'realmShards',
    valid: [
      ['1', 1],
      ['1024', 1024],
    ],
    invalid: ['0', '1025'],
  },
  {
    name: 'ALIVE_TIMEOUT_MS',
    field: 'aliveTimeout',
    valid: [['1000', 1000]],
    invalid: ['999', 'off'],
  },
  {
    name: 'RATE_LIMIT_PER_SECOND',
    field: 'messagesPerSecond',
    valid: [['1', 1]],
    invalid: ['0', '-1'],
  },
  {
    name: 'MAX_MESSAGE_BYTES',
    field: 'maxMessageBytes',
    valid: [
      ['1024', 1024],
      ['1048576', 1_048_576],
    ],
    invalid: ['1023', '1048577', '256k'],
  },
  {
    name: 'JOINS_PER_MINUTE',
    field: 'joinsPerMinute',
    valid: [
      ['1', 1],
      ['1000000', 1_000_000],
    ],
    invalid: ['0', '1000001', 'off'],
  },
  {
    name: 'JURISDICTION',
    field: 'jurisdiction',
    valid: [['eu'], ['us'], ['fedramp']],
    invalid: ['EU', 'de', 'none'],
  },
  {
    name: 'LOCATION_HINT',
    field: 'locationHint',
    valid: ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'].map((it) => [it]),
    invalid: ['eu', 'WEUR', 'weur, eeur'],
  },
  {
    name: 'JWT_JWKS_URL',
    field: 'jwtJwksUrl',
    valid: [['https://issuer.example/keys'], ['http://localhost:8080/keys']],
    invalid: ['http://issuer.example/keys', 'issuer.example', 'file:///keys'],
  },
  {
    name: 'LOG_LEVEL',
    field: 'logLevel',
    valid: [['debug'], ['info'], ['warn'], ['error'], ['off']],
    invalid: ['INFO', 'trace', '1'],
  },
  {
    name: 'METRICS',
    field: 'hasMetrics',
    valid: [
      ['on', true],
      ['off', false],
    ],
    invalid: ['true', 'ON', '0'],
  },
  {
    name: 'LINK_REPORTS',
    field: 'takesLinkReports',
    valid: [
      ['on', true],
      ['off', false],
    ],
    invalid: ['true', 'ON', '0'],
  },
  {
    name: 'PUBLIC_METRICS',
    field: 'hasPublicMetrics',
    valid: [
      ['true', true],
      ['false', false],
    ],
    invalid: ['yes', 'on', '1'],
  },
])('$name', ({ name, field, valid, invalid }) => {
  it.each(valid)('may be %j', (text, expected = text) => {
    expect(parseSettings({ [name]: text })[field]).toBe(expected);
  });

  it.each(invalid)('may not be %j, and says so in a sentence that names it', (text) => {
    expect(() => parseSettings({ [name]: text })).toThrow(SettingsError);
    expect(() => parseSettings({ [name]: text })).toThrow(
      new RegExp(`^${name} must be .+; it is ${escaped(JSON.stringify(text))}\\.$`),
    );
  });
});

it('says what a setting should be', () => {
  expect(() => parseSettings({ MAX_PEERS_PER_ROOM: '0' })).toThrow(
    'MAX_PEERS_PER_ROOM must be a whole number from 1 to 100; it is "0".',
  );
});

it('never repeats a secret that is not valid', () => {
  expect(() => parseSettings({ ADMIN_TOKEN: 'hunter2' })).toThrow(
    /^ADMIN_TOKEN must be at least 16 characters, none of them a space\.$/,
  );
  expect(() => parseSettings({ JWT_SECRET: 'hunter2' })).toThrow(
    /^JWT_SECRET must be at least 32 characters\.$/,
  );
});

it('takes one way to sign tokens, not two', () => {
  const both = { JWT_SECRET: 'x'.repeat(32), JWT_JWKS_URL: 'https://issuer.example/keys' };
  expect(() => parseSettings(both)).toThrow(SettingsError);
});

it('takes a name for whom tokens are and from whom, where tokens are signed', () => {
  const names = { JWT_AUDIENCE: 'my-game', JWT_ISSUER: 'https://issuer.example/' };
  expect(parseSettings({ ...names, JWT_SECRET: 'x'.repeat(32) })).toMatchObject({
    jwtAudience: 'my-game',
    jwtIssuer: 'https://issuer.example/',
  });
  expect(parseSettings({ ...names, JWT_JWKS_URL: 'https://issuer.example/keys' })).toMatchObject({
    jwtAudience: 'my-game',
  });
  for (const name of ['JWT_AUDIENCE', 'JWT_ISSUER']) {
    expect(() => parseSettings({ [name]: 'my-game' })).toThrow(
      `${name} must not be set without JWT_SECRET or JWT_JWKS_URL: no token is checked.`,
    );
    const tooLong = { [name]: 'x'.repeat(257), JWT_SECRET: 'x'.repeat(32) };
    expect(() => parseSettings(tooLong)).toThrow(`${name} must be the `);
  }
});

describe('a setting whose name is nearly right', () => {
  it.each([
    ['MAX_PEER_PER_ROOM', 'MAX_PEERS_PER_ROOM'],
    ['max_peers_per_room', 'MAX_PEERS_PER_ROOM'],
    ['MAX_PEERS_PERROOM', 'MAX_PEERS_PER_ROOM'],
    ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['ALIVE_TIMEOUT', 'ALIVE_TIMEOUT_MS'],
    ['MAX_MESSAGE', 'MAX_MESSAGE_BYTES'],
    ['JWT_SECRETS', 'JWT_SECRET'],
    ['TURN_URL', 'TURN_URLS'],
    ['PUBLIC_METRIC', 'PUBLIC_METRICS'],
  ])('%s is refused with the one that was meant', (name, meant) => {
    const sentence = `${name} is no setting. Did you mean ${meant}?`;
    expect(() => parseSettings({ [name]: '3' })).toThrow(new SettingsError(sentence));
    expect(() => checkEnvironmentNames({ [name]: '3' })).toThrow(new SettingsError(sentence));
  });

  it('is refused in a process only where its name has several words, as other programs have some', () => {
    for (const name of ['LOGLEVEL', 'Metrics']) {
      expect(() => checkEnvironmentNames({ [name]: '3' })).not.toThrow();
      expect(() => parseSettings({ [name]: '3' })).toThrow(SettingsError);
    }
  });

  it('is not what the names of other programs are', () => {
    const others = ['HOSTNAME', 'LOG_FORMAT', 'JWT_PUBLIC_KEY', 'TURN_USER', 'MAX_CONNECTIONS'];
    const environment = { ...process.env, ...Object.fromEntries(others.map((it) => [it, 'x'])) };
    expect(() => checkEnvironmentNames(environment)).not.toThrow();
  });

  it('is no binding of this Worker', () => {
    const bindings = { COORDINATORS: {}, METRICS_COLLECTOR: {}, ADDRESS_LIMITER: {} };
    expect(parsed({ ...bindings, SELF_HOSTED: 'false' })).toEqual(parsed({}));
  });
});

it('says what to write in place of an origin that none can be', () => {
  expect(() => parseSettings({ ALLOWED_ORIGINS: 'https://game.example/play' })).toThrow(
    /^ALLOWED_ORIGINS must be .+; it is "https:\/\/game\.example\/play"\. Write https:\/\/game\.example in place of https:\/\/game\.example\/play: an origin has no path\.$/,
  );
});

it('says nothing about variables that are no settings', () => {
  expect(parsed({ MAX_PEERS: 'x', PATH: '/bin' })).toEqual(parsed({}));
});

it('reads the environment of a Worker once, and a broken one each time', () => {
  const environment = { MAX_PEERS_PER_ROOM: '3' };
  expect(settingsOf(environment)).toBe(settingsOf(environment));
  expect(settingsOf(environment).maxPeersPerRoom).toBe(3);
  const broken = { MAX_PEERS_PER_ROOM: '-' };
  for (let time = 0; time < 2; time += 1) expect(() => settingsOf(broken)).toThrow(SettingsError);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
