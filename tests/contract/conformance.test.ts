import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../selfhost/startServer.ts';
import { type OfficialServers, startOfficialServers } from '../support/officialServer.ts';
import { TestPeer } from '../support/testPeer.ts';
import { stories } from './scenarios/stories.ts';
import { OUR_SETTINGS, SETUP, type ServerUnderTest, World } from './scenarios/world.ts';

/** The two ways both servers are set up: as most are, and with a path, a limit and listing. */
const PATHS = { plain: '/', listing: '/my/app' } as const;

let official: OfficialServers;
let ours: Record<keyof typeof PATHS, RunningServer>;

beforeAll(async () => {
  const patience = { expire_timeout: SETUP.expireTimeout, cleanup_out_msgs: 50 };
  const start = (settings: Record<string, string>) =>
    startServer({
      host: '127.0.0.1',
      port: 0,
      environment: { ...OUR_SETTINGS, ...settings },
    });
  const [servers, plain, listing] = await Promise.all([
    startOfficialServers([
      patience,
      {
        ...patience,
        path: PATHS.listing,
        concurrent_limit: SETUP.limit,
        allow_discovery: true,
      },
    ]),
    start({ ALLOW_DISCOVERY: 'none' }),
    start({ ALLOW_DISCOVERY: 'all' }),
  ]);
  official = servers;
  ours = { plain, listing };
});
afterAll(() => Promise.all([official?.stop(), ours?.plain.stop(), ours?.listing.stop()]));

describe.each(['official', 'ours'] as const)('%s', (kind) => {
  for (const story of stories) {
    it(story.name, async () => {
      await World.play(story, serverOf(kind, story.discovery === 'on' ? 'listing' : 'plain'));
    });
  }
});

it('a frame that is not JSON ends a program that embeds the official server and hears no errors', async () => {
  const embedding = await startOfficialServers([{}], { hearsErrors: false });
  const alice = await TestPeer.open(embedding.origins[0] ?? '');
  alice.send('not JSON');
  await alice.untilClosed();
  await expect.poll(() => embedding.process.exitCode).toBe(1);
});

function serverOf(kind: ServerUnderTest['kind'], setup: keyof typeof PATHS): ServerUnderTest {
  const origin =
    kind === 'ours'
      ? `http://127.0.0.1:${ours[setup].port}`
      : (official.origins[setup === 'plain' ? 0 : 1] ?? '');
  return {
    kind,
    path: PATHS[setup],
    async connect(url, id, token) {
      const peer = new TestPeer(origin, { url, id, token });
      await peer.untilConnected();
      return peer;
    },
    fetch: (url, init) => fetch(`${origin}${url}`, init),
  };
}
