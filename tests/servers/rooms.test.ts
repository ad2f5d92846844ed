import { expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const origin = useServer();

it('refuses a fifth peer with room-full, and the four notice nothing', async () => {
  const path = '/room/table-7';
  const four = await Promise.all([1, 2, 3, 4].map(() => TestPeer.open(origin(), { path })));

  const fifth = new TestPeer(origin(), { path });
  expect(await fifth.next()).toEqual({
    type: 'ERROR',
    payload: { msg: 'The room is full', type: 'room-full' },
  });
  expect(await fifth.untilClosed()).toEqual({ code: 1008, reason: 'room-full' });

  for (const peer of four) {
    await peer.settle();
    expect(peer.pending).toEqual([]);
  }
});
