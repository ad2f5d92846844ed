import { createExecutionContext, env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import {
  coordinators,
  directoryOf,
  metricsCollector,
  placement,
} from '../../src/durable-objects/namespaces.ts';
import { Shards } from '../../src/durable-objects/Shards.ts';
import worker from '../../src/index.ts';
import { parsePeerPath } from '../../src/protocol/peerPath.ts';
import { ownMessage } from '../../src/room/Message.ts';
import { parseSettings } from '../../src/settings.ts';

const inEurope = { getByName: (name: string) => `${name} in Europe` };

/** A namespace of a platform that has jurisdictions. */
function namespace<T>(): T {
  return { jurisdiction: (name: string) => (name === 'eu' ? inEurope : undefined) } as T;
}

it('takes objects of the jurisdiction that the settings name, and of none otherwise', () => {
  const anywhere = {
    ...env,
    COORDINATORS: namespace<typeof env.COORDINATORS>(),
    METRICS_COLLECTOR: namespace<typeof env.METRICS_COLLECTOR>(),
    DIRECTORIES: namespace<typeof env.DIRECTORIES>(),
  };
  expect(coordinators(anywhere)).toBe(anywhere.COORDINATORS);
  const settings = { ...anywhere, JURISDICTION: 'eu' };
  expect(coordinators(settings)).toBe(inEurope);
  expect(metricsCollector(settings)).toBe('metrics in Europe');
  expect(directoryOf(settings, 'pong')).toBe('pong in Europe');
});

it('takes those of this machine where a runtime of one machine has no jurisdictions', () => {
  const settings = { ...env, JURISDICTION: 'eu' };
  expect(coordinators(settings)).toBe(env.COORDINATORS);
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

describe('LOCATION_HINT', () => {
  const config = parseSettings({ LOCATION_HINT: 'weur' });
  const placementOf = (pathname: string, settings = config) => {
    const path = parsePeerPath(pathname);
    if (path === undefined) throw new Error(`${pathname} is no path`);
    return placement(path, settings);
  };

  it('says where realms are made, and leaves a room near its first player', () => {
    expect(placementOf('/')).toEqual({ locationHint: 'weur' });
    expect(placementOf('/my-app')).toEqual({ locationHint: 'weur' });
    expect(placementOf('/room/table-7')).toEqual({});
    expect(placementOf('/my-app', parseSettings({}))).toEqual({});
  });

  it.each([
    ['/my-app', [{ locationHint: 'weur' }]],
    ['/room/table-7', [{}]],
  ])('is told to the platform for each join and list at %s', async (path, hints) => {
    const given: unknown[] = [];
    const COORDINATORS = {
      getByName(name: string, options: unknown) {
        given.push(options);
        return env.COORDINATORS.getByName(name);
      },
    } as unknown as typeof env.COORDINATORS;
    const settings = { ...env, COORDINATORS, LOCATION_HINT: 'weur', ALLOW_DISCOVERY: 'all' };
    const ask = (url: string, headers: HeadersInit) =>
      worker.fetch(new Request(url, { headers }), settings as Env, createExecutionContext());
    const socket = `http://localhost${path}/peerjs?key=peerjs&id=ann&token=t`;
    expect((await ask(socket, { Upgrade: 'websocket' })).status).toBe(101);
    expect((await ask(`http://localhost${path}/peerjs/peers`, {})).status).toBe(200);
    expect(given).toEqual([...hints, ...hints]);
  });

  it('is told to the platform by a shard that calls another', async () => {
    const given: unknown[] = [];
    const others = {
      getByName(_name: string, options: unknown) {
        given.push(options);
        return { deliver: async () => {}, countPeers: async () => 0 };
      },
    } as unknown as typeof env.COORDINATORS;
    const settings = parseSettings({
      LOCATION_HINT: 'weur',
      REALM_SHARDS: '2',
      REALM_CAPACITY: '1',
    });
    const path = parsePeerPath('/my-app');
    if (path === undefined) throw new Error('unreachable');
    const shards = new Shards('0/my-app', path, settings, others);
    shards.forward(ownMessage('bob', '{}', 0), () => {});
    await shards.countElsewhere(1);
    expect(given).toEqual([{ locationHint: 'weur' }, { locationHint: 'weur' }]);
  });
});
