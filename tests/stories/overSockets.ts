import { expect, it } from 'vitest';
import { type RuntimeName, useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';
import { OUR_SETTINGS } from './settings.ts';
import { stories } from './stories.ts';
import { type ServerUnderTest, World } from './world.ts';

/** The two ways each server is set up: as most are, and with a path, a limit and listing. */
export const PATHS = { plain: '/', listing: '/my/app' } as const;
type Setup = keyof typeof PATHS;

/** Where the servers of both setups are. They are there once the tests run. */
type Origins = Readonly<Record<Setup, () => string>>;

/** This server in both setups, for the tests of a file. @param settings beyond those of the stories. */
export function useServersOfStories(
  settings: Readonly<Record<string, string>> = {},
  runtime?: RuntimeName,
): Origins {
  return {
    plain: useServer({ ...OUR_SETTINGS, ...settings, ALLOW_DISCOVERY: 'none' }, runtime),
    listing: useServer({ ...OUR_SETTINGS, ...settings, ALLOW_DISCOVERY: 'all' }, runtime),
  };
}

/** Makes a test of every story, which is told over real sockets. */
export function tellStories(kind: ServerUnderTest['kind'], origins: Origins): void {
  for (const story of stories) {
    if (story.isOurs && kind !== 'ours') continue;
    it(story.name, async () => {
      const setup = story.discovery === 'on' ? 'listing' : 'plain';
      await World.play(story, serverAt(origins[setup](), kind, setup));
    });
  }
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
    fetch(url, init) {
      // All stories have one address. From behind a proxy, the wrong codes of one are not counted for
      // the others.
      const headers = { 'X-Forwarded-For': '203.0.113.1', ...(init.headers as object) };
      return fetch(`${origin}${url}`, { ...init, headers });
    },
  };
}
