import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { type OfficialServers, startOfficialServers } from '../support/officialServer.ts';
import { asyncapi } from '../support/references.ts';
import { type RuntimeName, useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';
import { seenMessages } from '../support/watchWire.ts';
import { OUR_SETTINGS, SETUP } from './scenarios/settings.ts';
import { stories } from './scenarios/stories.ts';
import { type ServerUnderTest, World } from './scenarios/world.ts';

/** The two ways both servers are set up: as most are, and with a path, a limit and listing. */
const PATHS = { plain: '/', listing: '/my/app' } as const;
type Setup = keyof typeof PATHS;

const ours = serversWith({});
const sharded = serversWith({ REALM_SHARDS: '16' });
const onNode = serversWith({}, 'Node');
let official: OfficialServers;
beforeAll(async () => {
  const patience = { expire_timeout: SETUP.expireTimeout, cleanup_out_msgs: 50 };
  official = await startOfficialServers([
    patience,
    { ...patience, path: PATHS.listing, concurrent_limit: SETUP.limit, allow_discovery: true },
  ]);
});
afterAll(() => official?.stop());

describe.each([
  [
    'the official server',
    'official',
    (setup: Setup) => official.origins[setup === 'plain' ? 0 : 1],
  ],
  ['this server', 'ours', (setup: Setup) => ours[setup]()],
  ['this server with realms of 16 shards', 'ours', (setup: Setup) => sharded[setup]()],
  ['this server on Node', 'ours', (setup: Setup) => onNode[setup]()],
] as const)('%s', (_, kind, originOf) => {
  for (const story of stories) {
    it(story.name, async () => {
      const setup = story.discovery === 'on' ? 'listing' : 'plain';
      await World.play(story, serverAt(originOf(setup) ?? '', kind, setup));
    });
  }
});

it('the stories have every message of docs/asyncapi.yaml in them', () => {
  expect([...seenMessages()].sort()).toEqual(Object.keys(asyncapi.components.messages).sort());
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

function serversWith(settings: Readonly<Record<string, string>>, runtime?: RuntimeName) {
  return {
    plain: useServer({ ...OUR_SETTINGS, ...settings, ALLOW_DISCOVERY: 'none' }, runtime),
    listing: useServer({ ...OUR_SETTINGS, ...settings, ALLOW_DISCOVERY: 'all' }, runtime),
  };
}

function serverAt(origin: string, kind: ServerUnderTest['kind'], setup: Setup): ServerUnderTest {
  return {
    kind,
    path: PATHS[setup],
    async connect(url, id, token, protocols) {
      const peer = new TestPeer(origin, { url, id, token, protocols });
      await peer.untilConnected();
      if (peer.closed === undefined) expect(peer.socket.protocol).toBe(protocols[0] ?? '');
      return peer;
    },
    fetch: (url, init) => fetch(`${origin}${url}`, init),
  };
}
