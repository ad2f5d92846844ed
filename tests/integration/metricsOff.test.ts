import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { MetricsCollector } from '../../src/index.ts';
import { Player } from './player.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('with METRICS=off nothing is reported, nothing pending and nothing kept', async () => {
  const report = vi.spyOn(MetricsCollector.prototype, 'report');
  const path = '/room/uncounted';
  const ann = await Player.join(path, 'ann');
  const bob = await Player.join(path, 'bob');
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.untilGot('OFFER');

  // An eviction waits for a pending timer, and the one of a report takes 2 s.
  const start = Date.now();
  await evictDurableObject(env.COORDINATORS.getByName(path));
  expect(Date.now() - start).toBeLessThan(2000);
  expect(report).not.toHaveBeenCalled();
});
