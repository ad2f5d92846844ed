import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Logger } from '../log/Logger.ts';
import { noCounters } from '../metrics/Counters.ts';
import { RoomWatcher } from './RoomWatcher.ts';

const PEER = { peer: 'ann', requestId: 'r' };

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
  for (const method of ['debug', 'info', 'warn'] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(JSON.parse(line)));
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('counts what happens in a room, and tells of each peer that joins or leaves', () => {
  const counters = noCounters();
  const onPeersChanged = vi.fn();
  const watcher = new RoomWatcher(new Logger('off'), counters, onPeersChanged);
  watcher.observe({ ...PEER, event: 'peer.joined' });
  watcher.observe({ ...PEER, event: 'peer.replaced', sameToken: true });
  expect(onPeersChanged).toHaveBeenCalledTimes(1);
  watcher.observe({ ...PEER, event: 'peer.left', reason: '', seconds: 1 });
  expect(onPeersChanged).toHaveBeenCalledTimes(2);
  watcher.observe({ ...PEER, event: 'message.expired', absent: 'bob' });
  watcher.offered();
  watcher.relayed('OFFER', 'ann', 'bob', 700);
  watcher.dropped('message-too-large');

  expect(counters).toMatchObject({ connections: 1, takeovers: 1, expired: 1, offers: 1 });
  expect(counters).toMatchObject({ waited: 700, waits: [0, 0, 0, 0, 1, 0, 0, 0, 0] });
  expect(counters.relayed.OFFER).toBe(1);
  expect(counters.refusals['message-too-large']).toBe(1);
});

it('logs each event with its level, and messages at debug alone', () => {
  const watch = (level: 'debug' | 'info') => {
    const watcher = new RoomWatcher(new Logger(level), noCounters());
    watcher.observe({ ...PEER, event: 'peer.joined' });
    watcher.observe({ ...PEER, event: 'peer.limited', reason: 'invalid-message' });
    watcher.relayed('OFFER', 'ann', 'bob', 0);
  };
  watch('info');
  watch('debug');
  expect(lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
    'info peer.joined',
    'warn peer.limited',
    'info peer.joined',
    'warn peer.limited',
    'debug message.relayed',
  ]);
});

it('logs 20 lines a second of what a peer can cause as often as it likes, and counts all', () => {
  const counters = noCounters();
  const watcher = new RoomWatcher(new Logger('info'), counters);
  for (let time = 0; time < 30; time += 1) {
    // Two hosts may hand the role to each other with every frame.
    watcher.observe({ ...PEER, event: 'host.changed', term: time, cause: 'handed-over' });
    watcher.observe({ ...PEER, event: 'message.expired', absent: 'bob' });
    watcher.observe({ ...PEER, event: 'peer.limited', reason: 'invalid-message' });
  }
  expect(lines).toHaveLength(20);
  expect(counters.expired).toBe(30);
  expect(counters.hostChanges['handed-over']).toBe(30);
});
