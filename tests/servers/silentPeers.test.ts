import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const ALIVE_TIMEOUT_MS = 1500;
const HEARTBEAT = '{"type":"HEARTBEAT"}';

describe.concurrent('a peer that has been silent for ALIVE_TIMEOUT_MS', () => {
  const origin = useServer({ ALIVE_TIMEOUT_MS: String(ALIVE_TIMEOUT_MS), MAX_PEERS_PER_ROOM: '2' });
  const silence = () => sleep(ALIVE_TIMEOUT_MS + 500);

  it('loses its id to a peer that claims it', async () => {
    const silent = await TestPeer.open(origin(), { id: 'alice' });
    await silence();
    await TestPeer.open(origin(), { id: 'alice' });
    expect((await silent.untilClosed()).code).toBe(4001);
  });

  it('loses its seat in a room that is full, and the others get LEAVE', async () => {
    const path = '/room/full';
    const silent = await TestPeer.open(origin(), { path });
    const other = await TestPeer.open(origin(), { path });
    const heartbeats = setInterval(() => other.send(HEARTBEAT), 300);
    await silence();
    clearInterval(heartbeats);

    await TestPeer.open(origin(), { path });
    await other.settle();
    expect(other.frames).toContainEqual({ type: 'LEAVE', src: silent.id });
    expect(other.closed).toBeUndefined();
  });

  it('makes messages to it expire at once', async () => {
    const silent = await TestPeer.open(origin());
    const sender = await TestPeer.open(origin());
    // Who never sends any is not held to them.
    silent.send(HEARTBEAT);
    const heardAt = Date.now();
    // Again and again, as a Node server soon ends the silent peer by itself, and then messages wait for it.
    const calls = setInterval(() => sender.send({ type: 'OFFER', dst: silent.id }), 100);
    const expired = await sender.next().finally(() => clearInterval(calls));
    expect(expired).toEqual({ type: 'EXPIRE', src: silent.id, dst: sender.id });
    // What waits does so for 5 s more.
    expect(Date.now() - heardAt).toBeLessThan(ALIVE_TIMEOUT_MS + 4000);
  });

  it.each([
    ['the exact heartbeat, which wakes nobody', HEARTBEAT],
    ['a heartbeat in another spelling', '{"type": "HEARTBEAT"}'],
  ])('is not one that sends %s', async (_, heartbeat) => {
    const quiet = await TestPeer.open(origin());
    const heartbeats = setInterval(() => quiet.send(heartbeat), 300);
    await silence();
    clearInterval(heartbeats);
    const rival = new TestPeer(origin(), { id: quiet.id });
    expect((await rival.next()).type).toBe('ID-TAKEN');
  });
});
