import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { MetricsCollector } from '../../src/index.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('with METRICS=off nothing is reported', async () => {
  const report = vi.spyOn(MetricsCollector.prototype, 'report');
  const path = '/room/uncounted';
  const ann = await WorkerPeer.open({ path, id: 'ann' });
  const bob = await WorkerPeer.open({ path, id: 'bob' });
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();

  // It waits for pending timers, so that a report which was due would be there.
  await evictDurableObject(env.COORDINATORS.getByName(path));
  expect(report).not.toHaveBeenCalled();
});
