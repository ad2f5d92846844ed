import { env } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { coordinators, metricsCollectors } from '../../src/durable-objects/namespaces.ts';

const inEurope = { name: 'in Europe' };

/** A namespace of a platform that has jurisdictions. */
function namespace<T>(): T {
  return { jurisdiction: (name: string) => (name === 'eu' ? inEurope : undefined) } as T;
}

it('takes objects of the jurisdiction that the settings name, and of none otherwise', () => {
  const anywhere = {
    ...env,
    COORDINATORS: namespace<typeof env.COORDINATORS>(),
    METRICS_COLLECTOR: namespace<typeof env.METRICS_COLLECTOR>(),
  };
  expect(coordinators(anywhere)).toBe(anywhere.COORDINATORS);
  expect(coordinators({ ...anywhere, JURISDICTION: 'eu' })).toBe(inEurope);
  expect(metricsCollectors({ ...anywhere, JURISDICTION: 'eu' })).toBe(inEurope);
});

it('takes those of this machine where a runtime of one machine has no jurisdictions', () => {
  expect(coordinators({ ...env, JURISDICTION: 'eu' })).toBe(env.COORDINATORS);
});

it('fails where a jurisdiction that should be there is not', () => {
  const broken = {
    jurisdiction: () => {
      throw new Error('no such jurisdiction');
    },
  } as unknown as typeof env.COORDINATORS;
  const settings = { ...env, JURISDICTION: 'eu', COORDINATORS: broken };
  expect(() => coordinators(settings)).toThrow('no such jurisdiction');
});
