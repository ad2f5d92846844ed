import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { type OfficialServers, startOfficialServers } from '../support/officialServer.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';
import { OUR_SETTINGS, SETUP } from './scenarios/settings.ts';
import { stories } from './scenarios/stories.ts';
import { type ServerUnderTest, World } from './scenarios/world.ts';

/** The two ways both servers are set up: as most are, and with a path, a limit and listing. */
const PATHS = { plain: '/', listing: '/my/app' } as const;

const ours = {
  plain: useServer({ ...OUR_SETTINGS, ALLOW_DISCOVERY: 'none' }),
  listing: useServer({ ...OUR_SETTINGS, ALLOW_DISCOVERY: 'all' }),
};
let official: OfficialServers;
beforeAll(async () => {
  const patience = { expire_timeout: SETUP.expireTimeout, cleanup_out_msgs: 50 };
  official = await startOfficialServers([
    patience,
    { ...patience, path: PATHS.listing, concurrent_limit: SETUP.limit, allow_discovery: true },
  ]);
});
afterAll(() => official?.stop());

describe.each(['official', 'ours'] as const)('%s', (kind) => {
  for (const story of stories) {
    it(story.name, async () => {
      await World.play(story, serverOf(kind, story.discovery === 'on' ? 'listing' : 'plain'));
    });
  }
});

it('docs/protocol.md lists the stories in which the two differ, and why', async () => {
  const document = await readFile(join(PROJECT_ROOT, 'docs', 'protocol.md'), 'utf8');
  const [, list = ''] = document.split('## Deliberate differences');
  const rows = list.split('\n').filter((line) => line.startsWith('| '));
  const told = stories.filter((story) => story.difference !== undefined);
  expect(rows.slice(2)).toEqual(told.map((story) => `| ${story.name} | ${story.difference} |`));
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
    kind === 'ours' ? ours[setup]() : (official.origins[setup === 'plain' ? 0 : 1] ?? '');
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
