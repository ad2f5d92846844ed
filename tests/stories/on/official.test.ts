import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OfficialServers, startOfficialServers } from '../../support/officialServer.ts';
import { TestPeer } from '../../support/testPeer.ts';
import { PATHS, tellStories } from '../overSockets.ts';
import { SETUP } from '../settings.ts';

let official: OfficialServers | undefined;
beforeAll(async () => {
  const patience = { expire_timeout: SETUP.expireTimeout, cleanup_out_msgs: 50 };
  official = await startOfficialServers([
    patience,
    { ...patience, path: PATHS.listing, concurrent_limit: SETUP.limit, allow_discovery: true },
  ]);
});
afterAll(() => official?.stop());

describe('the official server', () => {
  tellStories('official', {
    plain: () => official?.origins[0] ?? '',
    listing: () => official?.origins[1] ?? '',
  });
});

it('a frame that is not JSON ends a program that embeds the official server and hears no errors', async () => {
  const embedding = await startOfficialServers([{}], { hearsErrors: false });
  const alice = await TestPeer.open(embedding.origins[0] ?? '');
  alice.send('not JSON');
  await alice.untilClosed();
  await expect.poll(() => embedding.process.exitCode).toBe(1);
});
