import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OfficialServers, startOfficialServers } from '../support/officialServer.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

/**
 * What players do who do nothing wrong, at the default limits: the official server does not harm
 * them, and neither do we. Told of what the players get, and not of how a server says it.
 */

const ours = useServer();
const sharded = useServer({ REALM_SHARDS: '16' });
let official: OfficialServers;
beforeAll(async () => {
  official = await startOfficialServers([{}]);
});
afterAll(() => official?.stop());

const SDP = 'v=0\r\n'.repeat(500);
const candidate = (number: number) => ({
  type: 'CANDIDATE',
  payload: {
    candidate: { candidate: `candidate:${number} 1 udp 2122260223 192.0.2.1 50000 typ host` },
  },
});

/** The session goes on: no ERROR, no close, and a message still gets through. */
async function isWell(peer: TestPeer): Promise<void> {
  await peer.settle();
  expect(peer.closed).toBeUndefined();
  expect(peer.frames.filter(({ type }) => type === 'ERROR')).toEqual([]);
}

/** Answers each offer as a browser does: an answer, and candidates. */
function answerAll(peer: TestPeer, candidates: number): void {
  peer.socket.on('message', (data) => {
    const { type, src } = JSON.parse(String(data)) as { type: string; src: string };
    if (type !== 'OFFER') return;
    peer.send({ type: 'ANSWER', dst: src, payload: { sdp: SDP } });
    for (let n = 0; n < candidates; n += 1) peer.send({ ...candidate(n), dst: src });
  });
}

// Some wait for seconds, so they do it side by side.
describe.concurrent.each([
  ['the official server', () => official.origins[0] ?? '', '/'],
  ['this server', () => ours(), '/'],
  ['this server with realms of 16 shards', () => sharded(), '/'],
] as const)('at %s', (_, origin, path) => {
  it.for([
    [40, 2],
    [40, 10],
    [100, 10],
  ] as const)(
    '%i peers that call one host at the same moment, %i candidates each, are all answered',
    async ([callers, candidates], { expect }) => {
      const host = await TestPeer.open(origin(), { path, id: `host-${callers}-${candidates}` });
      answerAll(host, candidates);
      const peers = await Promise.all(
        Array.from({ length: callers }, () => TestPeer.open(origin(), { path })),
      );
      for (const peer of peers) {
        peer.send({ type: 'OFFER', dst: host.id, payload: { sdp: SDP, type: 'data' } });
        for (let n = 0; n < candidates; n += 1) peer.send({ ...candidate(n), dst: host.id });
      }
      for (const peer of peers) {
        await expect
          .poll(() => peer.frames.filter(({ src }) => src === host.id).length)
          .toBe(1 + candidates);
        expect(peer.frames.at(1)?.type).toBe('ANSWER');
      }
      await isWell(host);
      for (const peer of [host, ...peers]) peer.vanish();
    },
  );

  it('data and media to three players, from a machine with 50 addresses, all arrive', async ({
    expect,
  }) => {
    const peer = await TestPeer.open(origin(), { path });
    const friends = await Promise.all([1, 2, 3].map(() => TestPeer.open(origin(), { path })));
    for (let n = 0; n < 100; n += 1) {
      for (const { id: dst } of friends) peer.send({ ...candidate(n), dst });
    }
    for (const friend of friends) {
      await expect
        .poll(() => friend.frames.filter(({ type }) => type === 'CANDIDATE').length)
        .toBe(100);
    }
    await isWell(peer);
  });

  it('a peer is not held to account for how often a stranger calls it', async ({ expect }) => {
    const victim = await TestPeer.open(origin(), { path });
    answerAll(victim, 10);
    const stranger = await TestPeer.open(origin(), { path });
    const friend = await TestPeer.open(origin(), { path });
    // 60 calls a second, for five seconds.
    for (let tick = 0; tick < 50; tick += 1) {
      for (let n = 0; n < 6; n += 1) stranger.send({ type: 'OFFER', dst: victim.id, payload: {} });
      await sleep(100);
    }
    friend.send({ type: 'OFFER', dst: victim.id, payload: {} });
    await expect.poll(() => friend.frames.filter(({ src }) => src === victim.id).length).toBe(11);
    await isWell(victim);
  });

  it('calls with pictures in their metadata arrive', async () => {
    const alice = await TestPeer.open(origin(), { path });
    const bob = await TestPeer.open(origin(), { path });
    const sizes = [150_000, 150_000, 150_000, 300_000, 900_000];
    for (const size of sizes) {
      const metadata = { picture: 'x'.repeat(size) };
      alice.send({ type: 'OFFER', payload: { sdp: SDP, metadata }, dst: bob.id });
    }
    for (const size of sizes) {
      const { payload } = await bob.next();
      expect((payload as { metadata: { picture: string } }).metadata.picture).toHaveLength(size);
    }
    await isWell(alice);
  });

  it('a frame that is no JSON, every five seconds for an hour, ends nobody', async () => {
    const clumsy = await TestPeer.open(origin(), { path });
    // As many as come in one minute of that.
    for (let n = 0; n < 12; n += 1) clumsy.send('ping');
    await isWell(clumsy);
  });
});

describe.concurrent('a peer that sends no heartbeats and is called after a long silence', () => {
  const impatient = useServer({ ALIVE_TIMEOUT_MS: '1000' });

  it('gets the call', async () => {
    const quiet = await TestPeer.open(impatient(), { path: '/room/quiet' });
    await sleep(1500);
    const caller = await TestPeer.open(impatient(), { path: '/room/quiet' });
    caller.send({ type: 'OFFER', dst: quiet.id });
    expect(await quiet.next()).toEqual({ type: 'OFFER', src: caller.id, dst: quiet.id });
  });

  it('can still lose its id to a peer that claims it', async () => {
    const quiet = await TestPeer.open(impatient(), { path: '/room/claimed' });
    await sleep(1500);
    await TestPeer.open(impatient(), { path: '/room/claimed', id: quiet.id });
    expect((await quiet.untilClosed()).code).toBe(4001);
  });
});
