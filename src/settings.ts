import * as v from 'valibot';
import { LOG_LEVELS } from './log/Logger.ts';
import { meantName } from './settings/meantName.ts';
import { originMatcher, originMistake } from './settings/originMatcher.ts';
import { readUrl } from './settings/readUrl.ts';

/** The key that PeerJS sends by default. */
export const DEFAULT_KEY = 'peerjs';

/**
 * The regions of Cloudflare:
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
const LOCATION_HINTS = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'apac-ne',
  'apac-se',
  'oc',
  'afr',
  'me',
] as const;

/**
 * Every setting: its default, its allowed values, and how it is read. docs/settings.md explains
 * each one, in this order, and a test compares the two. A setting is a variable of the Worker
 * (`vars` in wrangler.jsonc, or the dashboard) or, self-hosted, an environment variable of the same
 * name. Secrets are in no file: `wrangler secret put` sets them.
 */
export const SETTINGS = {
  PEERJS_KEY: setting({
    default: DEFAULT_KEY,
    expected: '1 to 128 letters, digits, - or _',
    schema: v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/)),
  }),
  MAX_PEERS_PER_ROOM: wholeNumber({ default: '4', min: 1, max: 100 }),
  MAX_ROOM_SIZE: wholeNumber({ default: '32', min: 2, max: 100 }),
  REALM_CAPACITY: wholeNumber({ default: '5000', min: 1, max: 10_000_000 }),
  REALM_SHARDS: wholeNumber({ default: '1', min: 1, max: 1024 }),
  ALLOW_DISCOVERY: setting({
    default: 'rooms',
    expected: 'one of none, rooms, all',
    schema: v.picklist(['none', 'rooms', 'all']),
  }),
  EXPIRE_TIMEOUT_MS: wholeNumber({ default: '5000', min: 0, max: 600_000 }),
  LEAVE_GRACE_MS: setting({
    default: '30000',
    expected: 'a whole number from 0 to 600000, or off',
    schema: v.union([v.literal('off'), wholeNumberSchema(0, 600_000)]),
  }),
  ALIVE_TIMEOUT_MS: wholeNumber({ default: '90000', min: 1000, max: 86_400_000 }),
  RATE_LIMIT_PER_SECOND: wholeNumber({ default: '100', min: 1, max: 100_000 }),
  MAX_MESSAGE_BYTES: wholeNumber({ default: '1048576', min: 1024, max: 1_048_576 }),
  RELAY: setting({
    default: 'off',
    expected: 'on or off',
    schema: v.picklist(['on', 'off']),
  }),
  ROOMS_FILE: setting({
    default: '',
    expected: 'the path of a file',
    schema: v.pipe(v.string(), v.maxLength(4096)),
  }),
  JOINS_PER_MINUTE: wholeNumber({ default: '300', min: 1, max: 1_000_000 }),
  ALLOWED_ORIGINS: setting({
    default: '*',
    expected:
      '* or a list such as https://game.example, https://*.game.example, http://localhost:*',
    schema: v.pipe(
      v.string(),
      v.check((list) => originMistake(list) === undefined),
      v.transform(originMatcher),
    ),
    advice: originMistake,
  }),
  JWT_JWKS_URL: setting({
    default: '',
    expected: 'an https URL, or http for localhost',
    schema: v.union([v.literal(''), v.pipe(v.string(), v.check(isSafeUrl))]),
  }),
  JWT_SECRET: setting({
    default: '',
    expected: 'at least 32 characters',
    schema: v.union([v.literal(''), v.pipe(v.string(), v.minLength(32))]),
    isSecret: true,
  }),
  JWT_AUDIENCE: setting({
    default: '',
    expected: 'the aud of the tokens, up to 256 characters',
    schema: v.pipe(v.string(), v.maxLength(256)),
  }),
  JWT_ISSUER: setting({
    default: '',
    expected: 'the iss of the tokens, up to 256 characters',
    schema: v.pipe(v.string(), v.maxLength(256)),
  }),
  JURISDICTION: setting({
    default: '',
    expected: 'empty, eu, us or fedramp',
    schema: v.picklist(['', 'eu', 'us', 'fedramp']),
  }),
  LOCATION_HINT: setting({
    default: '',
    expected: `empty or one of ${LOCATION_HINTS.join(', ')}`,
    schema: v.picklist(['', ...LOCATION_HINTS]),
  }),
  TRUST_PROXY: setting({
    default: 'false',
    expected: 'false, true, or how many proxies stand in front, from 0 to 10',
    schema: v.pipe(
      v.string(),
      v.transform((text) => ({ false: '0', true: '1' })[text] ?? text),
      wholeNumberSchema(0, 10),
    ),
  }),
  STUN_URLS: setting({
    default: 'stun:stun.cloudflare.com:3478',
    expected:
      'one or more stun: or stuns: URLs such as stun:stun.example.com:3478, separated by commas',
    schema: urlsSchema(/^stuns?:([^?]+)$/),
  }),
  TURN_KEY_ID: setting({
    default: '',
    expected: 'the id of a TURN key: letters, digits, - or _',
    schema: v.pipe(v.string(), v.regex(/^[\w-]{0,128}$/)),
  }),
  TURN_KEY_API_TOKEN: setting({
    default: '',
    expected: 'the API token of the TURN key, without spaces',
    schema: v.pipe(v.string(), v.regex(/^[!-~]*$/)),
    isSecret: true,
  }),
  TURN_URLS: setting({
    default: '',
    expected:
      'one or more turn: or turns: URLs such as turn:turn.example.com:3478, separated by commas',
    schema: urlsSchema(/^turns?:([^?]+)(\?transport=(udp|tcp))?$/),
  }),
  TURN_SECRET: setting({
    default: '',
    expected: 'the static-auth-secret of the TURN server',
    schema: v.string(),
    isSecret: true,
  }),
  // The maximum is Cloudflare's: https://developers.cloudflare.com/realtime/turn/faq/
  ICE_TTL_SECONDS: wholeNumber({ default: '86400', min: 60, max: 172_800 }),
  LOG_LEVEL: setting({
    default: 'info',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    schema: v.picklist(LOG_LEVELS),
  }),
  METRICS: setting({
    default: 'on',
    expected: 'on or off',
    schema: v.picklist(['on', 'off']),
  }),
  LINK_REPORTS: setting({
    default: 'on',
    expected: 'on or off',
    schema: v.picklist(['on', 'off']),
  }),
  PUBLIC_METRICS: setting({
    default: 'false',
    expected: 'true or false',
    schema: v.picklist(['true', 'false']),
  }),
  ADMIN_TOKEN: setting({
    default: '',
    expected: 'at least 16 characters, none of them a space',
    schema: v.union([v.literal(''), v.pipe(v.string(), v.regex(/^[!-~]{16,}$/))]),
    isSecret: true,
  }),
};

/** The name of a setting, in the environment and in wrangler.jsonc. */
export type SettingName = keyof typeof SETTINGS;

/** The names of all settings. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** The binding that marks a self-hosted server. */
export const SELF_HOSTED = 'SELF_HOSTED';

/** The binding with the path of `--path`, where a self-hosted server has one. */
export const MOUNT_PATH = 'MOUNT_PATH';

/** Thrown for a setting that is not valid; the message names it and says what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The settings, read and checked. Times are in milliseconds. */
export type Settings = ReturnType<typeof parseSettings>;

/**
 * Reads the settings of a server. A setting that is absent or empty has its default.
 *
 * @throws {SettingsError} for the first that is not valid, or whose name is misspelled.
 */
export function parseSettings(environment: Readonly<Record<string, unknown>>) {
  checkNames(Object.keys(environment));
  const settings = {
    key: read(environment, 'PEERJS_KEY'),
    maxPeersPerRoom: read(environment, 'MAX_PEERS_PER_ROOM'),
    /** The most seats that a managed room may have. */
    maxRoomSize: read(environment, 'MAX_ROOM_SIZE'),
    realmCapacity: read(environment, 'REALM_CAPACITY'),
    realmShards: read(environment, 'REALM_SHARDS'),
    allowDiscovery: read(environment, 'ALLOW_DISCOVERY'),
    expireTimeout: read(environment, 'EXPIRE_TIMEOUT_MS'),
    leaveGrace: read(environment, 'LEAVE_GRACE_MS'),
    aliveTimeout: read(environment, 'ALIVE_TIMEOUT_MS'),
    /** Requests of each kind from one address, if this server counts them itself: see addressLimit.ts. */
    joinsPerMinute: read(environment, 'JOINS_PER_MINUTE'),
    messagesPerSecond: read(environment, 'RATE_LIMIT_PER_SECOND'),
    maxMessageBytes: read(environment, 'MAX_MESSAGE_BYTES'),
    /** Whether RELAY frames are passed on in rooms. */
    relaysPayloads: read(environment, 'RELAY') === 'on',
    /** The file in which a Node process leaves managed rooms to the next one. Empty: none. */
    roomsFile: read(environment, 'ROOMS_FILE'),
    /** Whether pages of an origin may use this server. */
    isAllowedOrigin: read(environment, 'ALLOWED_ORIGINS'),
    logLevel: read(environment, 'LOG_LEVEL'),
    hasMetrics: read(environment, 'METRICS') === 'on',
    /** Whether players may say how their attempts to connect to each other ended. */
    takesLinkReports:
      read(environment, 'METRICS') === 'on' && read(environment, 'LINK_REPORTS') === 'on',
    hasPublicMetrics: read(environment, 'PUBLIC_METRICS') === 'true',
    adminToken: read(environment, 'ADMIN_TOKEN'),
    /** Not a setting: a self-hosted server sets it itself. */
    isSelfHosted: environment[SELF_HOSTED] === 'true',
    /** Not a setting either: the path below which all is served as well; empty for none. */
    mount: String(environment[MOUNT_PATH] ?? ''),
    jwtSecret: read(environment, 'JWT_SECRET'),
    jwtJwksUrl: read(environment, 'JWT_JWKS_URL'),
    jwtAudience: read(environment, 'JWT_AUDIENCE'),
    jwtIssuer: read(environment, 'JWT_ISSUER'),
    /** Where coordinators must run. Empty: near the first peer. */
    jurisdiction: read(environment, 'JURISDICTION'),
    /** Where the coordinators of realms are created. Empty: near the first peer. */
    locationHint: read(environment, 'LOCATION_HINT'),
    /** How many proxies in front of this server forward the client's address. */
    trustedProxies: read(environment, 'TRUST_PROXY'),
    stunUrls: read(environment, 'STUN_URLS'),
    turn: readTurn(environment),
    /** In seconds, as `ttl` in the answer. */
    iceTtl: read(environment, 'ICE_TTL_SECONDS'),
    /** The names of those that are set, and not to their default. */
    changed: SETTING_NAMES.filter(
      (name) => !['', SETTINGS[name].default].includes(textOf(environment, name)),
    ),
  };
  checkTokenSettings(settings);
  return settings;
}

/** @throws {SettingsError} if the settings of signed tokens contradict each other. */
function checkTokenSettings({
  jwtSecret,
  jwtJwksUrl,
  jwtAudience,
  jwtIssuer,
}: Record<'jwtSecret' | 'jwtJwksUrl' | 'jwtAudience' | 'jwtIssuer', string>): void {
  if (jwtSecret !== '' && jwtJwksUrl !== '') {
    throw new SettingsError(
      'JWT_SECRET and JWT_JWKS_URL must not both be set: tokens are signed one way.',
    );
  }
  const isSigned = jwtSecret !== '' || jwtJwksUrl !== '';
  if (!isSigned && (jwtAudience !== '' || jwtIssuer !== '')) {
    const name = jwtAudience !== '' ? 'JWT_AUDIENCE' : 'JWT_ISSUER';
    throw new SettingsError(
      `${name} must not be set without JWT_SECRET or JWT_JWKS_URL: no token is checked.`,
    );
  }
}

/**
 * Checks the spelling of the settings in the environment of a process. It checks only names of
 * several words, so that the variables of other programs, such as LOGLEVEL, do not stop the server.
 *
 * @throws {SettingsError} for the first misspelled one.
 */
export function checkEnvironmentNames(environment: Readonly<Record<string, unknown>>): void {
  checkNames(Object.keys(environment).filter((name) => name.includes('_')));
}

/**
 * Reads the settings of a self-hosted server from the environment of its process, which has other
 * variables too.
 *
 * @throws {SettingsError} as `parseSettings` does.
 */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  checkEnvironmentNames(environment);
  const settings = SETTING_NAMES.map((name) => [name, environment[name]] as const);
  return parseSettings({ ...Object.fromEntries(settings), [SELF_HOSTED]: 'true' });
}

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    const meant = meantName(name, SETTING_NAMES);
    if (meant !== undefined) {
      throw new SettingsError(`${name} is no setting. Did you mean ${meant}?`);
    }
  }
}

/** Where TURN servers come from, if there are any. */
type TurnConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'cloudflare'; readonly keyId: string; readonly apiToken: string }
  | { readonly kind: 'own'; readonly urls: readonly string[]; readonly secret: string };

/**
 * A secret alone switches nothing on. It must be set before the setting that needs it, and takes
 * effect at once: it must not stop a running server.
 */
function readTurn(environment: Readonly<Record<string, unknown>>): TurnConfig {
  const keyId = read(environment, 'TURN_KEY_ID');
  const urls = read(environment, 'TURN_URLS');
  if (keyId !== '' && urls.length > 0) {
    throw new SettingsError('TURN_KEY_ID and TURN_URLS must not both be set: choose one relay.');
  }
  if (keyId !== '') {
    const apiToken = read(environment, 'TURN_KEY_API_TOKEN');
    if (apiToken !== '') return { kind: 'cloudflare', keyId, apiToken };
    throw new SettingsError('TURN_KEY_API_TOKEN must be set where TURN_KEY_ID is.');
  }
  if (urls.length > 0) {
    const secret = read(environment, 'TURN_SECRET');
    if (secret !== '') return { kind: 'own', urls, secret };
    throw new SettingsError('TURN_SECRET must be set where TURN_URLS is.');
  }
  return { kind: 'none' };
}

/** Every request of an isolate gets the same `env` object, so it is read once. */
const parsed = new WeakMap<object, Settings>();

/**
 * The settings of this Worker.
 *
 * @throws {SettingsError} as `parseSettings` does.
 */
export function settingsOf(env: object): Settings {
  let settings = parsed.get(env);
  if (settings === undefined) {
    settings = parseSettings({ ...env });
    parsed.set(env, settings);
  }
  return settings;
}

interface Setting<T> {
  readonly default: string;
  /** Completes the sentence "… must be". */
  readonly expected: string;
  readonly schema: v.GenericSchema<string, T>;
  /** A sentence that says what to write in place of a value that is not valid. */
  readonly advice?: (text: string) => string | undefined;
  /** Never printed. */
  readonly isSecret?: true;
}

/** Infers the type of each setting. */
function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

function wholeNumber(range: { default: string; min: number; max: number }): Setting<number> {
  const { min, max } = range;
  return {
    default: range.default,
    expected: `a whole number from ${min} to ${max}`,
    schema: wholeNumberSchema(min, max),
  };
}

function wholeNumberSchema(min: number, max: number): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
}

/** A host, of IPv6 in brackets, with or without a port: no slash, as RFC 7064 and RFC 7065 have none. */
const HOST_AND_PORT = /^(\[[\da-f:.]+\]|[^\s:/@[\]"'\\#]+)(:[1-9]\d{0,4})?$/i;

/**
 * URLs separated by commas; none for an empty text. With a single one that browsers do not understand,
 * such as `turn://host`, they make no connection at all.
 *
 * @param pattern has the host and the port in its first group.
 */
function urlsSchema(pattern: RegExp): v.GenericSchema<string, readonly string[]> {
  const isUrl = (url: string) => HOST_AND_PORT.test(pattern.exec(url)?.[1] ?? '');
  return v.pipe(
    v.string(),
    v.transform((text) => (text === '' ? [] : text.split(',').map((url) => url.trim()))),
    v.array(v.pipe(v.string(), v.check(isUrl))),
  );
}

/** Over plain HTTP anybody on the way could replace the keys, and then sign any token. */
function isSafeUrl(text: string): boolean {
  const url = readUrl(text);
  if (url === undefined) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
}

const QUOTED = /^(["']).*\1$/s;

function textOf(environment: Readonly<Record<string, unknown>>, name: SettingName): string {
  return String(environment[name] ?? '').trim();
}

function read<Name extends SettingName>(
  environment: Readonly<Record<string, unknown>>,
  name: Name,
): v.InferOutput<(typeof SETTINGS)[Name]['schema']> {
  const {
    default: defaultValue,
    expected,
    schema,
    advice,
    isSecret,
  } = SETTINGS[name] as Setting<v.InferOutput<(typeof SETTINGS)[Name]['schema']>>;
  const text = textOf(environment, name);
  // A shell and systemd take them off; `docker run --env-file` and a list in compose.yaml do not, and a
  // secret would be another one than that of its other reader.
  if (QUOTED.test(text)) {
    throw new SettingsError(
      `${name} is in quotation marks, which would be a part of it: take them away.`,
    );
  }
  const result = v.safeParse(schema, text === '' ? defaultValue : text);
  if (!result.success) {
    const found = isSecret ? '' : `; it is ${JSON.stringify(text)}`;
    const instead = advice?.(text);
    const sentence = `${name} must be ${expected}${found}.`;
    throw new SettingsError(instead === undefined ? sentence : `${sentence} ${instead}`);
  }
  return result.output;
}
