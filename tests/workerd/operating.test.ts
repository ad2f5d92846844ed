import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';

function get(path: string, overrides: Readonly<Record<string, unknown>> = {}, headers = {}) {
  const request = new Request(`http://localhost${path}`, { headers });
  return worker.fetch(request, { ...env, ...overrides }, createExecutionContext());
}

/** A namespace of coordinators of which none answers, or each in its way. */
function coordinatorsThat(listPeers: () => Promise<string[]>) {
  return { COORDINATORS: { getByName: () => ({ listPeers }) } };
}

it('health asks a coordinator, and is never cached', async () => {
  const response = await exports.default.fetch('http://localhost/health');
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    status: 'ok',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    details: { durableObjects: 'healthy', latencyMs: expect.any(Number) },
  });
});

it('health is degraded when the coordinator fails', async () => {
  const response = await get(
    '/health',
    coordinatorsThat(() => Promise.reject(new Error('no'))),
  );
  expect(response.status).toBe(503);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toMatchObject({
    status: 'degraded',
    details: { durableObjects: 'unhealthy', reason: 'failed' },
  });
});

it('health is degraded when the coordinator takes more than two seconds', async () => {
  const response = await get(
    '/health',
    coordinatorsThat(() => new Promise(() => {})),
  );
  expect(response.status).toBe(503);
  const { details } = (await response.json()) as { details: { reason: string; latencyMs: number } };
  expect(details.reason).toBe('timeout');
  expect(details.latencyMs).toBeGreaterThanOrEqual(1990);
});

it('shallow health asks nobody', async () => {
  const response = await get(
    '/health?shallow',
    coordinatorsThat(() => Promise.reject(new Error('no'))),
  );
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: 'ok' });
});

it('metrics of a deployment without an admin token are not public, and say how to see them', async () => {
  const response = await get('/metrics', { METRICS: 'on' });
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({
    error: expect.stringMatching(/ADMIN_TOKEN.*PUBLIC_METRICS/),
  });
});

it('PUBLIC_METRICS makes them public', async () => {
  const response = await get('/metrics', { METRICS: 'on', PUBLIC_METRICS: 'true' });
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toContain('text/plain; version=0.0.4');
});

it('with an admin token not even PUBLIC_METRICS does', async () => {
  const settings = { METRICS: 'on', PUBLIC_METRICS: 'true', ADMIN_TOKEN: 'an-admin-token-of-mine' };
  expect((await get('/metrics', settings)).status).toBe(401);
});

it('METRICS=off says so', async () => {
  const response = await get('/metrics', { PUBLIC_METRICS: 'true' });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: 'Nothing is counted: METRICS is off' });
});

it('says once for each process which settings have no effect on Cloudflare', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const settings = { ...env, LOG_LEVEL: 'warn', TRUST_PROXY: 'true', REALM_SHARDS: '2' };
  for (const environment of [settings, settings, { ...settings, SELF_HOSTED: 'true' }]) {
    await worker.fetch(new Request('http://localhost/'), environment, createExecutionContext());
  }
  const lines = warn.mock.calls.map(([line]) => JSON.parse(line) as object);
  warn.mockRestore();
  expect(lines).toEqual([
    expect.objectContaining({
      event: 'setting.without-effect',
      setting: 'TRUST_PROXY',
      here: 'Cloudflare',
    }),
  ]);
});
