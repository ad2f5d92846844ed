import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { MetricsCollector } from '../../src/index.ts';
import { Player } from './player.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('with METRICS=off nothing is reported', async () => {
  const report = vi.spyOn(MetricsCollector.prototype, 'report');
  const path = '/room/uncounted';
  const ann = await Player.join(path, 'ann');
  const bob = await Player.join(path, 'bob');
  ann.send({ type: 'OFFER', dst: 'bob' });
  await bob.untilGot('OFFER');

  // It waits for pending timers, so that a report which was due would be there.
  await evictDurableObject(env.COORDINATORS.getByName(path));
  expect(report).not.toHaveBeenCalled();
});
