import { env } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { coordinators } from '../../src/durable-objects/coordinators.ts';

it('takes coordinators of the jurisdiction that the settings name, and of none otherwise', () => {
  const inEurope = { name: 'in Europe' };
  const anywhere = {
    jurisdiction: (name: string) => (name === 'eu' ? inEurope : undefined),
  } as unknown as typeof env.COORDINATORS;
  expect(coordinators({ ...env, JURISDICTION: 'eu', COORDINATORS: anywhere })).toBe(inEurope);
  expect(coordinators({ ...env, COORDINATORS: anywhere })).toBe(anywhere);
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
