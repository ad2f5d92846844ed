import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { ADDRESS_PERIOD } from '../../src/admission/addressLimit.ts';
import { GUESS_PERIOD, WRONG_GUESSES_PER_MINUTE } from '../../src/admission/Guesses.ts';
import { parseSettings, SETTING_NAMES, SETTINGS } from '../../src/settings.ts';
import { SECRET_NAMES } from '../support/documents.ts';

const file = (name: string) => readFile(join(PROJECT_ROOT, name), 'utf8');

interface Environment {
  readonly vars?: Readonly<Record<string, string>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string }[] };
  readonly ratelimits: readonly { name: string; namespace_id: string; simple: unknown }[];
}
const wrangler = parse(await file('wrangler.jsonc')) as Environment & {
  readonly env: Readonly<Record<string, Environment>>;
};
const environments = Object.entries({ 'at the top': wrangler, ...wrangler.env });

describe.each(environments)('wrangler.jsonc, %s', (_name, environment) => {
  it('has no variable that is not a setting, and no secret', () => {
    const names: string[] = SETTING_NAMES.filter((name) => !SECRET_NAMES.includes(name));
    expect(Object.keys(environment.vars ?? {}).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has values that the server starts with', () => {
    // The secret that a setting needs is not in this file.
    const secrets = { TURN_KEY_API_TOKEN: 'token', TURN_SECRET: 'secret' };
    expect(() => parseSettings({ ...environment.vars, ...secrets })).not.toThrow();
  });

  it('has the same bindings as everywhere', () => {
    expect(environment.durable_objects).toEqual(wrangler.durable_objects);
    expect(environment.ratelimits.map(({ name }) => name)).toEqual(
      wrangler.ratelimits.map(({ name }) => name),
    );
  });
});

it('has the bindings that worker-configuration.d.ts declares', async () => {
  const types = await file('worker-configuration.d.ts');
  const [declared = ''] = /(?<=interface __BaseEnv_Env \{\n).*?(?=\})/s.exec(types) ?? [];
  // `npm run types` declares the variables and the secrets of whoever runs it too.
  const names = [...declared.matchAll(/^\t(\w+)\??:/gm)].map(([, name = '']) => name);
  const bindings = [...wrangler.durable_objects.bindings, ...wrangler.ratelimits];
  expect(names.filter((name) => !(name in SETTINGS)).sort()).toEqual(
    bindings.map(({ name }) => name).sort(),
  );
});

it('counts each environment for itself', () => {
  const ids = environments.flatMap(([, { ratelimits }]) => ratelimits.map((it) => it.namespace_id));
  expect(new Set(ids).size).toBe(ids.length);
});

it('limits joins self-hosted as wrangler.jsonc does', () => {
  const limit = parseSettings({}).joinsPerMinute;
  for (const [, { ratelimits }] of environments) {
    expect(ratelimits.find(({ name }) => name === 'ADDRESS_LIMITER')?.simple).toEqual({
      limit,
      period: ADDRESS_PERIOD,
    });
  }
});

it('limits wrong codes and passwords as a self-hosted server does', () => {
  for (const [, { ratelimits }] of environments) {
    expect(ratelimits.find(({ name }) => name === 'GUESS_LIMITER')?.simple).toEqual({
      limit: WRONG_GUESSES_PER_MINUTE,
      period: GUESS_PERIOD,
    });
  }
});

it.each([undefined, ...Object.keys(wrangler.env)])(
  'neither compresses frames nor logs invocations in any environment: %s',
  (env) => {
    const config = join(PROJECT_ROOT, 'wrangler.jsonc');
    const { compatibility_flags: flags, observability } = unstable_readConfig(
      env === undefined ? { config } : { config, env },
    );
    expect(flags).toContain('no_web_socket_compression');
    expect(observability).toMatchObject({
      enabled: true,
      redact_query_string: true,
      logs: { enabled: true, invocation_logs: false },
    });
  },
);

it.each(Object.keys(wrangler.env))(
  'leaves a domain of its own to the server at the top: the deploy of %s does not take it',
  async (env) => {
    const folder = await mkdtemp(join(tmpdir(), 'wrangler-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const config = join(folder, 'wrangler.jsonc');
    await writeFile(
      config,
      (await file('wrangler.jsonc')).replace('// "routes": [{', '"routes": [{'),
    );
    expect(unstable_readConfig({ config }).routes).toHaveLength(1);
    expect(unstable_readConfig({ config, env }).routes).toEqual([]);
  },
);

it('names every secret in .dev.vars.example, each as a comment: a value would switch it on', async () => {
  const lines = (await file('.dev.vars.example')).split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  const names = lines.flatMap((line) => /^# ([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names.sort()).toEqual([...SECRET_NAMES].sort());
});
