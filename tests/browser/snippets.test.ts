import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allowMedia } from '../support/browser/browser.ts';
import {
  at,
  bundle,
  type GameTab,
  openGame,
  snippet,
  startGameSite,
  startPageSite,
} from '../support/browser/gamePage.ts';
import { takeTab } from '../support/browser/idleTabs.ts';
import { useContext } from '../support/browser/tabs.ts';
import { codeBlocks } from '../support/documents.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const SECRET = 'a secret of at least thirty-two characters';

const origin = useServer();
const guarded = useServer({ JWT_SECRET: SECRET });

const context = useContext();

/** Runs a snippet in a tab of its own, and says so when its peer is open or has failed. */
async function run(code: string, answers?: Readonly<Record<string, unknown>>): Promise<GameTab> {
  // Said last, so that whatever the snippet does at `open` comes first.
  const script =
    `${code}\npeer.on('open', (id) => console.log('open', id));\n` +
    "peer.on('error', (error) => console.error(error.type));";
  const site = await startGameSite(script, answers);
  const tab = await openGame(context(), site);
  onTestFinished(() => site.close());
  return tab;
}

function says(tab: GameTab, pattern: RegExp): Promise<void> {
  return expect.poll(() => tab.lines.join('\n')).toMatch(pattern);
}

describe('README.md', () => {
  it('connects a stock client', async () => {
    const tab = await run(at(origin(), starting('README.md', 'const peer = new Peer(')));
    await says(tab, /^open alice$/m);
  });

  it('has players who use the kit, with a bundler, find each other', async () => {
    const site = await startGameSite(
      at(origin(), starting('README.md', 'import { createRoom, joinRoom }')),
    );
    try {
      const ann = await openGame(context(), site);
      await ann.page.waitForURL(/room=/);
      const bob = await openGame(context(), { ...site, url: ann.page.url() });
      await says(ann, /^Somebody has come$/m);
      await says(bob, /^Somebody: Welcome!$/m);
      await bob.page.close();
      await says(ann, /^Somebody is gone$/m);
    } finally {
      await site.close();
    }
  });
});

describe('docs/rooms.md', () => {
  const document = 'docs/rooms.md';
  it('has players in a room find each other and say hello', async () => {
    const code = at(origin(), snippet(document, 'whoIsHere')).replace('table-7', 'table-8');
    const alice = await run(code);
    await says(alice, /^I am \S+$/m);
    const bob = await run(code);
    await says(bob, /^I am \S+$/m);
    const id = /^I am (\S+)$/m.exec(bob.lines.join('\n'))?.[1];
    await says(alice, new RegExp(`^${id} says hello$`, 'm'));
  });

  const helpers = () =>
    ['createRoom', 'rejoinOrJoin', 'changeRoom', 'watchRoom'].map((name) =>
      at(origin(), snippet(document, name)),
    );

  it('has Ann make a room, and Bob join it by its code, come back and be told of changes', async () => {
    const ann = await run(
      [
        ...helpers(),
        starting(document, 'const { id, options, room } = await createRoom'),
        "watchRoom(peer, ({ peers }) => console.log('here: ' + peers.map(({ name }) => name)));",
        "peer.on('open', () => setMe(peer, { name: 'Anna' }));",
        'window.lock = () => changeRoom({ room, options }, { locked: true });',
      ].join('\n'),
    );
    await says(ann, /^Your friends type [a-z]+$/m);
    const [, code = ''] = /^Your friends type ([a-z]+)$/m.exec(ann.lines.join('\n')) ?? [];
    const bob = await run(
      [
        ...helpers(),
        `const { id, options, rejoined } = await rejoinOrJoin('${code}', { name: 'Bob' });`,
        'const peer = new Peer(id, options);',
        "console.log(rejoined ? 'again' : 'new', id);",
      ].join('\n'),
    );
    await says(ann, /^here: Anna,Bob$/m);
    await ann.page.evaluate(() => (window as unknown as { lock(): Promise<void> }).lock());
    await bob.page.reload();
    await says(bob, /^again \S+$/m);
    const [first, second] = bob.lines.filter((line) => /^(new|again) /.test(line));
    expect(second?.split(' ')[1]).toBe(first?.split(' ')[1]);
    const cid = await run(
      `${helpers().join('\n')}\nawait joinRoom('${code}').catch((error) => console.log(error.type));\n` +
        'const peer = { on() {} };',
    );
    await says(cid, /^room-locked$/m);
  });
});

describe('docs/migrating.md', () => {
  const games = codeBlocks('docs/migrating.md', 'js').filter((code) =>
    code.includes('play(peer.connect('),
  );
  const play = /\nfunction play.*/s.exec(games[0] ?? '')?.[0] ?? '';

  it.each([
    ['that chose its code before it had a room', games[0]?.replace(/, path: .*? }/, ' }')],
    ['that chose its code, in a room', games[0]],
    ['whose code PeerJS made', games[1]],
    ['whose code PeerJS made, in a room', games[2]],
    ['with a code to say aloud', games[3]],
  ])('has a game %s', async (_, code = '') => {
    const helpers = code.includes('createRoom')
      ? at(origin(), snippet('docs/rooms.md', 'createRoom'))
      : '';
    const script = [helpers, at(origin(), code), code.includes('function play') ? '' : play];
    const site = await startGameSite(script.join('\n'));
    const host = await openGame(context(), site);
    onTestFinished(() => site.close());
    await says(host, /^The code is \S+$/m);
    const [, said = ''] = /^The code is (\S+)$/m.exec(host.lines.join('\n')) ?? [];
    await openGame(context(), { ...site, url: `${site.url}#${said}` });
    await says(host, /^\S+ says hello$/m);
  });
});

function starting(document: string, beginning: string): string {
  const found = codeBlocks(document, 'js').find((code) => code.startsWith(beginning));
  return found ?? expect.fail(`${document} has no snippet that starts so: ${beginning}`);
}

describe('the game in README.md', () => {
  const [game = ''] = codeBlocks('README.md', 'html');

  it('has at most twenty lines', () => {
    expect(game.split('\n').length).toBeLessThanOrEqual(20);
  });

  it('is played by four, one of whom reloads, and goes on when its host leaves', async () => {
    const site = await startPageSite(at(origin(), game));
    try {
      const tabs: GameTab[] = [];
      await allowMedia(context(), site.url);
      for (const name of ['Ann', 'Bob', 'Cid', 'Dan']) {
        const page = await takeTab(context());
        page.on('dialog', (dialog) => void dialog.accept(name));
        await page.goto(site.url);
        await page.locator('#points', { hasText: name }).waitFor();
        tabs.push({ page, lines: [], sockets: [] });
      }
      const points = async (page: Page) =>
        ((await page.locator('#points').textContent()) ?? '').split('\n').sort().join(', ');
      const all = (expected: string) =>
        Promise.all(tabs.map(({ page }) => expect.poll(() => points(page)).toBe(expected)));
      await all('Ann 0, Bob 0, Cid 0, Dan 0');
      await tabs[2]?.page.locator('#target').click();
      await all('Ann 0, Bob 0, Cid 1, Dan 0');
      await tabs[2]?.page.reload();
      await all('Ann 0, Bob 0, Cid 1, Dan 0');
      await tabs.shift()?.page.close();
      await all('Bob 0, Cid 1, Dan 0');
      // They hear from Ann herself that she is gone, and from the server a moment later who runs the game now.
      const [bob = expect.fail(), , dan = expect.fail()] = tabs;
      const catchIt = async () => {
        await dan.page.locator('#target').click();
        return points(bob.page);
      };
      await expect.poll(catchIt, { interval: 1000 }).toMatch(/^Bob 0, Cid 1, Dan [1-9]$/);
      // A click more may be on its way. Then all agree.
      const tables = async () => new Set(await Promise.all(tabs.map(({ page }) => points(page))));
      await expect.poll(async () => (await tables()).size).toBe(1);
    } finally {
      await site.close();
    }
  });
});

it('docs/deploy.md: the first snippet connects', async () => {
  await says(await run(at(origin(), snippet('docs/deploy.md', 0))), /^open \S+$/m);
});

it('docs/ice-servers.md: the snippet asks for servers and connects', async () => {
  const tab = await run(at(origin(), snippet('docs/ice-servers.md', 0)));
  await says(tab, /^open \S+$/m);
});

describe('docs/authentication.md', () => {
  /** The backend of the snippet, as it stands there. */
  async function peerToken(id: string, room: string): Promise<string> {
    process.env.JWT_SECRET = SECRET;
    const script = await bundle(snippet('docs/authentication.md', 0), { platform: 'node' });
    const module = await import(`data:text/javascript,${encodeURIComponent(script)}`);
    return module.peerToken(id, room);
  }

  it('makes tokens in the backend that are good for their id and room, and for no other', async () => {
    const token = await peerToken('alice', '/room/table-7');
    const alice = await TestPeer.open(guarded(), { path: '/room/table-7', id: 'alice', token });
    await alice.close();
    for (const other of [{ id: 'bob' }, { path: '/room/table-8' }]) {
      const peer = new TestPeer(guarded(), { path: '/room/table-7', id: 'alice', token, ...other });
      expect(await peer.next()).toMatchObject({ payload: { type: 'invalid-token' } });
    }
  });

  it('has a page that fetches its token and connects', async () => {
    const room = '/room/table-9';
    const player = { id: 'carol', room, token: await peerToken('carol', room) };
    const tab = await run(at(guarded(), snippet('docs/authentication.md', 1)), {
      '/api/peer-token': player,
    });
    await says(tab, /^open carol$/m);
  });
});
