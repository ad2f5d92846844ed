import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { MetricsCollector } from '../../src/index.ts';
import { join } from '../support/join.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('with METRICS=off nothing is reported', async () => {
  const report = vi.spyOn(MetricsCollector.prototype, 'report');
  const path = '/room/uncounted';
  const ann = await join(path, 'ann');
  const bob = await join(path, 'bob');
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.next();

  // It waits for pending timers, so that a report which was due would be there.
  await evictDurableObject(env.COORDINATORS.getByName(path));
  expect(report).not.toHaveBeenCalled();
});
