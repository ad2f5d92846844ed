import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import packageJson from '../../package.json';
import worker from '../../src/index.ts';
import type { SettingName } from '../../src/settings.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function fetchPath(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(`http://localhost${path}`, init);
}

/** Asks the Worker as it would be with other settings. Its coordinators keep the ones they have. */
async function fetchWith(
  settings: Partial<Record<SettingName, string>>,
  path: string,
  init?: RequestInit,
) {
  const request = new Request(`http://localhost${path}`, init);
  return worker.fetch(request, { ...env, ...settings } as Env, createExecutionContext());
}

describe('GET /', () => {
  it('says what this is, in the fields of the official server and in its own', async () => {
    const response = await fetchPath('/');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({
      name: 'PeerJS Server',
      description: 'A server side element to broker connections between PeerJS clients.',
      website: 'https://peerjs.com/',
      software: packageJson.name,
      version: packageJson.version,
    });
  });
});

describe('GET {path}/{key}/id', () => {
  it.each([
    '/peerjs/id',
    '//peerjs/id',
    '/my-app/peerjs/id',
    '/my-app/v2/eu/peerjs/id?ts=17&version=1.5.5',
    '/room/table-7/peerjs/id/',
    '/room/a%2Fb/peerjs/id',
  ])('answers %s with a new id, as text that is not cached', async (path) => {
    const response = await fetchPath(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(UUID);
  });

  it('answers another id each time', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await fetchPath('/peerjs/id')).text()),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('takes any key, as the official server does: the WebSocket checks it', async () => {
    expect((await fetchPath('/another-key/id')).status).toBe(200);
  });
});

describe('GET {path}/{key}/peers', () => {
  it('lists who is connected in that room, and nobody else', async () => {
    await WorkerPeer.open({ path: '/room/listed', id: 'ann' });
    await WorkerPeer.open({ path: '/room/listed', id: 'bob' });
    await WorkerPeer.open({ path: '/room/listed-too', id: 'cid' });

    const response = await fetchPath('/room/listed/peerjs/peers');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual(['ann', 'bob']);
  });

  it('lists nobody in an empty room', async () => {
    expect(await (await fetchPath('/room/empty/peerjs/peers')).json()).toEqual([]);
  });

  it.each([
    ['none', '/peerjs/peers', 401],
    ['none', '/my-app/peerjs/peers', 401],
    ['none', '/room/table-7/peerjs/peers', 401],
    ['rooms', '/peerjs/peers', 401],
    ['rooms', '/my-app/peerjs/peers', 401],
    ['rooms', '/room/my-game/table-7/peerjs/peers', 200],
    ['rooms', '/room/table-7/peerjs/peers', 200],
    ['all', '/peerjs/peers', 200],
    ['all', '/my-app/peerjs/peers', 200],
    ['all', '/room/table-7/peerjs/peers', 200],
  ])('with ALLOW_DISCOVERY=%s answers %s with %i', async (ALLOW_DISCOVERY, path, status) => {
    expect((await fetchWith({ ALLOW_DISCOVERY }, path)).status).toBe(status);
  });

  it('lists the peers of a realm with ALLOW_DISCOVERY=all', async () => {
    await WorkerPeer.open({ path: '/listed-realm', id: 'ann' });
    const response = await fetchWith({ ALLOW_DISCOVERY: 'all' }, '/listed-realm/peerjs/peers');
    expect(await response.json()).toEqual(['ann']);
  });

  it.each(['/room/peerjs/peers', '/room/a%00b/peerjs/peers', '/room/%ff/peerjs/peers'])(
    'answers %s, where no peer can be, with 400 in JSON',
    async (path) => {
      const response = await fetchPath(path);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: { type: 'invalid-request', msg: expect.stringContaining('Invalid path') },
      });
    },
  );
});

describe('the WebSocket path', () => {
  it.each([
    '/peerjs',
    '/peerjs/',
    '/my-app/peerjs?key=peerjs&id=a&token=b',
    '/room/table-7/peerjs',
  ])('answers %s without an upgrade with 426', async (path) => {
    const response = await fetchPath(path);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(await response.json()).toEqual({ error: expect.stringContaining('WebSocket') });
  });

  it('answers 426 to another method and to an upgrade to something else', async () => {
    expect((await fetchPath('/peerjs', { method: 'POST' })).status).toBe(426);
    expect((await fetchPath('/peerjs', { headers: { Upgrade: 'h2c' } })).status).toBe(426);
  });
});

it.each([
  '/unknown',
  '/id',
  '/peers',
  '/peerjs/unknown',
  '/my-app/peerjs/id/more',
  '/favicon.ico',
  '/%ff',
  '/..%2f..%2fetc',
])('answers %s, which is no path, with 404 in JSON', async (path) => {
  const response = await fetchPath(path);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: 'Not found' });
});

it('answers another method on a path that is there with 404 in JSON', async () => {
  const response = await fetchPath('/peerjs/id', { method: 'DELETE' });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: 'Not found' });
});

describe('CORS', () => {
  const Origin = 'https://game.example';

  it.each([
    ['/', 200],
    ['/peerjs/id', 200],
    ['/peerjs/peers', 401],
    ['/unknown', 404],
    ['/peerjs', 426],
  ])('lets a page of any origin read %s', async (path, status) => {
    const response = await fetchPath(path, { headers: { Origin } });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(Origin);
    expect(response.headers.get('vary')).toMatch(/\bOrigin\b/i);
  });

  it('allows in a preflight the methods and headers that are asked for', async () => {
    const response = await fetchPath('/my-app/peerjs/id', {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'x-game, authorization',
      },
    });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(response.headers.get('access-control-allow-origin')).toBe(Origin);
    expect(response.headers.get('access-control-allow-methods')).toMatch(/\bGET\b/);
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    expect(allowed.split(/, */)).toEqual(['x-game', 'authorization']);
  });
});

describe('CORS where pages of some origins may connect', () => {
  const ALLOWED_ORIGINS = 'null, http://[::1]:3000/, 7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b';

  it.each(['null', 'http://[::1]:3000', '7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b'])(
    'lets those of %s read answers',
    async (Origin) => {
      const response = await fetchWith({ ALLOWED_ORIGINS }, '/peerjs/id', { headers: { Origin } });
      expect(response.headers.get('access-control-allow-origin')).toBe(Origin);
    },
  );

  it('lets no others', async () => {
    const headers = { Origin: 'https://evil.example' };
    const response = await fetchWith({ ALLOWED_ORIGINS }, '/peerjs/id', { headers });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe.each(['/metrics', '/metrics/', '/dashboard'])('%s', (path) => {
  it.each(['GET', 'OPTIONS'])('is for no page of another origin: %s', async (method) => {
    const headers = { Origin: 'https://game.example', 'Access-Control-Request-Method': 'GET' };
    const settings = { METRICS: 'on', PUBLIC_METRICS: 'true' } as const;
    const response = await fetchWith(settings, path, { method, headers });
    expect(response.status).toBe(method === 'GET' ? 200 : 404);
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

describe('a setting that is not valid', () => {
  const broken = { MAX_PEERS_PER_ROOM: 'many' };
  // A second of its own: only so many lines are written in one, and others may have written them.
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

  const sentence = 'MAX_PEERS_PER_ROOM must be a whole number from 1 to 100; it is "many".';

  it.each([
    ['/', {}],
    ['/peerjs/id', {}],
    ['/room/table-7/peerjs/peers', {}],
    ['/unknown', {}],
    ['/peerjs', {}],
    ['/peerjs?key=peerjs&id=ann&token=t', { headers: { Upgrade: 'websocket' } }],
    ['/peerjs/id', { method: 'OPTIONS', headers: { Origin: 'https://game.example' } }],
  ])('makes %s answer 500, with the sentence in the log alone', async (path, init) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      const response = await fetchWith(broken, path, init);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('MAX_PEERS');
      expect(log).toHaveBeenCalledOnce();
      expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({
        level: 'error',
        message: sentence,
      });
    } finally {
      log.mockRestore();
    }
  });
});
