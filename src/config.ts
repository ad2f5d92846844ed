import * as v from 'valibot';

/**
 * Every setting: its default, what it may be, and how it is read. A setting is a variable of the
 * Worker (`vars` in wrangler.jsonc) or, self-hosted, an environment variable of the same name.
 */
const SETTINGS = {
  PEERJS_KEY: setting(
    'peerjs',
    '1 to 128 letters, digits, - or _',
    v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/)),
  ),
  MAX_PEERS_PER_ROOM: setting('4', 'a whole number from 1 to 100', wholeNumber(1, 100)),
  REALM_CAPACITY: setting('5000', 'a whole number from 1 to 30000', wholeNumber(1, 30_000)),
  ALLOW_DISCOVERY: setting(
    'rooms',
    'one of none, rooms, all',
    v.picklist(['none', 'rooms', 'all']),
  ),
  EXPIRE_TIMEOUT_MS: setting(
    '5000',
    'a whole number of milliseconds from 0 to 60000',
    wholeNumber(0, 60_000),
  ),
  LEAVE_GRACE_MS: setting(
    '4000',
    'a whole number of milliseconds from 0 to 5000, or off',
    v.union([v.literal('off'), wholeNumber(0, 5000)]),
  ),
};

/** The name of a setting, in the environment and in wrangler.jsonc. */
export type SettingName = keyof typeof SETTINGS;

/** The names of all settings, in the order that the documents list them. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Thrown for a setting that can't be read; the message names it and says what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The settings, read and checked. Times are in milliseconds. */
export type Config = ReturnType<typeof parseConfig>;

/**
 * Reads the settings of a deployment. Those that are absent or empty have their default.
 *
 * @throws {ConfigError} for the first that is not valid.
 */
export function parseConfig(environment: Readonly<Record<string, unknown>>) {
  return {
    key: read(environment, 'PEERJS_KEY'),
    maxPeersPerRoom: read(environment, 'MAX_PEERS_PER_ROOM'),
    realmCapacity: read(environment, 'REALM_CAPACITY'),
    allowDiscovery: read(environment, 'ALLOW_DISCOVERY'),
    expireTimeout: read(environment, 'EXPIRE_TIMEOUT_MS'),
    leaveGrace: read(environment, 'LEAVE_GRACE_MS'),
  };
}

/** The runtime hands the same `env` object to every request of an isolate: read it once. */
const parsed = new WeakMap<object, Config>();

/**
 * The settings of this Worker.
 *
 * @throws {ConfigError} as `parseConfig` does.
 */
export function configOf(env: object): Config {
  let config = parsed.get(env);
  if (config === undefined) {
    config = parseConfig({ ...env });
    parsed.set(env, config);
  }
  return config;
}

interface Setting<T> {
  readonly default: string;
  /** Completes the sentence "… must be". */
  readonly expected: string;
  readonly schema: v.GenericSchema<string, T>;
}

function setting<T>(
  defaultValue: string,
  expected: string,
  schema: v.GenericSchema<string, T>,
): Setting<T> {
  return { default: defaultValue, expected, schema };
}

function wholeNumber(min: number, max: number): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.regex(/^\d+$/),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
}

function read<Name extends SettingName>(
  environment: Readonly<Record<string, unknown>>,
  name: Name,
): v.InferOutput<(typeof SETTINGS)[Name]['schema']> {
  const {
    default: defaultValue,
    expected,
    schema,
  } = SETTINGS[name] as Setting<v.InferOutput<(typeof SETTINGS)[Name]['schema']>>;
  const text = String(environment[name] ?? '').trim();
  const result = v.safeParse(schema, text === '' ? defaultValue : text);
  if (!result.success) {
    throw new ConfigError(`${name} must be ${expected}; it is ${JSON.stringify(text)}.`);
  }
  return result.output;
}
