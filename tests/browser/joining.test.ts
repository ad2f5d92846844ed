import type { Peer } from 'peerjs';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import {
  at,
  type GameSite,
  type GameTab,
  openGame,
  snippet,
  startGameSite,
} from '../support/browser/gamePage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';

// What the client code of docs/rooms.md and docs/deploy.md does, as it stands there.

declare global {
  interface Window {
    peer: Peer;
  }
}

const context = useContext();
let server: TestServer;
let site: GameSite | undefined;
afterEach(async () => {
  await Promise.all([site?.close(), server.stop()]);
});

async function start(environment: Readonly<Record<string, string>> = {}, port = 0): Promise<void> {
  server = await startTestServer({ port, environment });
}

/** Opens a game that is the code of docs/rooms.md and, if it stays connected, of docs/deploy.md. */
async function play(
  players: number,
  { staysConnected = false, isStrict = false } = {},
): Promise<GameTab[]> {
  const room = at(`http://127.0.0.1:${server.port}`, snippet('docs/rooms.md', 'whoIsHere'));
  // What React's StrictMode makes of it, where it stands in an effect.
  const code = isStrict
    ? room.replace(/^const peer = (new Peer\(.*\));$/m, '$1.destroy();\n$&')
    : room;
  if (isStrict) expect(code).not.toBe(room);
  const stay = `${snippet('docs/deploy.md', 'stayConnected')}\nstayConnected(peer);\n`;
  site = await startGameSite(`${code}\n${staysConnected ? stay : ''}window.peer = peer;\n`);
  const { url } = site;

  // All scripts begin at the same moment, once each tab has asked for its own.
  let waiting = 0;
  let begin = () => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  await context().route(`${url}game.js`, async (route) => {
    waiting += 1;
    if (waiting === players) begin();
    await began;
    await route.continue();
  });
  const opened = await Promise.all(
    Array.from({ length: players }, () => openGame(context(), { ...site, url } as GameSite)),
  );
  await context().unroute(`${url}game.js`);
  return opened;
}

/** How many connections a page has to each of the others, open or not. */
function connections(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(
      Object.entries(window.peer.connections as Record<string, { open: boolean }[]>)
        .filter(([, them]) => them.length > 0)
        .map(([id, them]) => [id, them.map(({ open }) => (open ? 'open' : 'not open')).join()])
        .sort(),
    ),
  );
}

function idOf(page: Page): Promise<string> {
  return page.evaluate(() => sessionStorage.getItem('peer-id') ?? '');
}

/** Waits until each page has one open connection to each of the others, and no more than that. */
async function expectFullMesh(tabs: readonly GameTab[]): Promise<void> {
  const look = async () => {
    const ids = await Promise.all(tabs.map(({ page }) => idOf(page)));
    const others = ids.map((id) => ids.filter((other) => other !== id).sort());
    return {
      expected: others.map((them) => Object.fromEntries(them.map((other) => [other, 'open']))),
      actual: await Promise.all(tabs.map(({ page }) => connections(page))),
    };
  };
  await vi.waitFor(
    async () => {
      const { expected, actual } = await look();
      expect(actual).toEqual(expected);
    },
    { timeout: PATIENCE_MS, interval: 100 },
  );
}

/** Every hello that a page has heard. A player says it once for each connection that it makes. */
function hellos(tabs: readonly GameTab[]): string[] {
  return tabs.flatMap(({ lines }) => lines.filter((line) => line.endsWith(' says hello')));
}

describe('with the code of docs/rooms.md', () => {
  it.each([2, 4, 9])(
    '%d players who come at the same moment are connected once each',
    async (players) => {
      await start({ MAX_PEERS_PER_ROOM: '9' });
      const tabs = await play(players);
      await expectFullMesh(tabs);
      // Of each two, one has called, and said hello.
      const pairs = (players * (players - 1)) / 2;
      await expect.poll(() => hellos(tabs)).toHaveLength(pairs);
    },
  );

  it('a page that is reloaded has its id and is connected to the others once', async () => {
    await start();
    const tabs = await play(3);
    await expectFullMesh(tabs);
    const { page } = tabs[0] ?? expect.fail();
    const before = await idOf(page);
    for (let n = 0; n < 3; n += 1) {
      await page.reload();
      await expectFullMesh(tabs);
      expect(await idOf(page)).toBe(before);
    }
  });

  it('a tab that is duplicated has an id of its own, and the first one keeps its', async () => {
    await start();
    const tabs = await play(2);
    await expectFullMesh(tabs);
    const { page } = tabs[0] ?? expect.fail();
    const id = await idOf(page);
    // As with "Duplicate tab", the browser copies the sessionStorage.
    const [copy] = await Promise.all([
      context().waitForEvent('page'),
      page.evaluate(() => window.open(location.href)),
    ]);
    await untilTrue(copy, (it) => sessionStorage.getItem('peer-id') !== it, id);
    await untilTrue(copy, () => window.peer?.open);
    await expectFullMesh([...tabs, { page: copy, lines: [], sockets: [] }]);
    expect(await idOf(page)).toBe(id);
  });

  it('leaves no ghost where its Peer is destroyed at once and made anew, as by React', async () => {
    await start();
    const tabs = await play(4, { isStrict: true });
    await expectFullMesh(tabs);
    // The browser may have sent the first request before it gave it up. Then the second Peer is told
    // that the id is taken, and the page has another one: so the ids are looked up last.
    const ids = await Promise.all(tabs.map(({ page }) => idOf(page)));
    const list = async () => {
      const answer = await fetch(`http://127.0.0.1:${server.port}/room/table-7/peerjs/peers`);
      return ((await answer.json()) as string[]).sort();
    };
    await expect.poll(list).toEqual(ids.sort());
  });

  it('joins once where nobody may list the others, and goes on', async () => {
    await start({ ALLOW_DISCOVERY: 'none' });
    const [tab = expect.fail()] = await play(1, { staysConnected: true });
    await expect.poll(() => tab.lines.join('\n')).toContain('401');
    // With listAllPeers() it would have joined again after a second at the latest.
    await tab.page.waitForTimeout(3000);
    expect(tab.sockets).toHaveLength(1);
    expect(await tab.page.evaluate(() => window.peer.open)).toBe(true);
  });
});

describe('with stayConnected of docs/deploy.md', () => {
  it('a restart of the server adds no connection, and neither do the next ones', async () => {
    await start();
    const tabs = await play(3, { staysConnected: true });
    await expectFullMesh(tabs);
    const { port } = server;
    for (let restart = 0; restart < 3; restart += 1) {
      await server.stop();
      await Promise.all(tabs.map(({ page }) => untilTrue(page, () => window.peer.disconnected)));
      // With the list each knows whom to call.
      await Promise.all([
        ...tabs.map(({ page }) => page.waitForResponse(/\/peers/)),
        start({}, port),
      ]);
      await Promise.all(tabs.map(({ page }) => untilTrue(page, () => window.peer.open)));
      await expectFullMesh(tabs);
    }
    expect(hellos(tabs)).toHaveLength(3);
  });
});
