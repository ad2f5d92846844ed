import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BuildOptions, build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { codeBlocks } from '../support/documents.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';
import { launchBrowser } from './browser.ts';

const SECRET = 'a secret of at least thirty-two characters';

const origin = useServer();
const guarded = useServer({ JWT_SECRET: SECRET });

let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

/** A tab in which a snippet runs, and what it wrote to the console, errors included. */
interface Tab {
  readonly page: Page;
  readonly lines: string[];
}

/**
 * Runs a snippet as a page of a game would have it: bundled, with PeerJS from npm.
 *
 * @param answers what the page asks its own server for, by path.
 */
async function run(snippet: string, answers: Readonly<Record<string, unknown>> = {}): Promise<Tab> {
  const imports = snippet.includes('import ') ? '' : "import { Peer } from 'peerjs';\n";
  // Said last, so that whatever the snippet does at `open` comes first.
  const script = await bundle(
    `${imports}${snippet}\npeer.on('open', (id) => console.log('open', id));\n` +
      "peer.on('error', (error) => console.error(error.type));",
    { platform: 'browser' },
  );
  const page = await context.newPage();
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  const server = createServer(({ url = '' }, response) => {
    const { [url]: answer } = answers;
    if (answer !== undefined) response.end(JSON.stringify(answer));
    else if (url === '/') response.setHeader('Content-Type', 'text/html').end('<!doctype html>');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  page.once('close', () => {
    server.closeAllConnections();
    server.close();
  });
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // See openTab in peerPage.ts.
  await context.grantPermissions(['camera', 'microphone'], { origin: site });
  await page.goto(site);
  await page.addScriptTag({ type: 'module', content: script });
  return { page, lines };
}

async function bundle(contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: PROJECT_ROOT },
    bundle: true,
    format: 'esm',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
}

/** The snippet with the address of a server of this test. */
function at(server: string, snippet: string): string {
  const { hostname, port } = new URL(server);
  return snippet
    .replaceAll('https://peerjs-server.your-name.workers.dev', server)
    .replaceAll(/\bhost: '[^']+'/g, `host: '${hostname}'`)
    .replaceAll(/\bport: \d+/g, `port: ${port}`)
    .replaceAll('secure: true', 'secure: false')
    .replaceAll('host, port,', `host: '${hostname}', port: ${port},`);
}

function says(tab: Tab, pattern: RegExp): Promise<void> {
  return expect.poll(() => tab.lines.join('\n'), { timeout: 20_000 }).toMatch(pattern);
}

function block(document: string, index: number): string {
  return codeBlocks(document, 'js')[index] ?? expect.fail(`no snippet ${index} in ${document}`);
}

describe('README.md', () => {
  it.each(codeBlocks('README.md', 'js'))('connects, snippet %#', async (snippet) => {
    const tab = await run(at(origin(), snippet));
    await says(tab, /^open \S+$/m);
  });

  it('has players in a room find each other and say hello', async () => {
    const snippet = at(origin(), block('README.md', 0)).replace('table-7', 'table-8');
    const alice = await run(snippet);
    await says(alice, /^I am \S+$/m);
    const bob = await run(snippet);
    await says(bob, /^I am \S+$/m);
    const id = /^I am (\S+)$/m.exec(bob.lines.join('\n'))?.[1];
    await says(alice, new RegExp(`^${id} says hello$`, 'm'));
  });
});

it('docs/deploy.md: the first snippet connects', async () => {
  await says(await run(at(origin(), block('docs/deploy.md', 0))), /^open \S+$/m);
});

it('docs/ice-servers.md: the snippet asks for servers and connects', async () => {
  const tab = await run(at(origin(), block('docs/ice-servers.md', 0)));
  await says(tab, /^open \S+$/m);
});

describe('docs/authentication.md', () => {
  /** The backend of the snippet, as it stands there. */
  async function peerToken(id: string, room: string): Promise<string> {
    process.env.JWT_SECRET = SECRET;
    const script = await bundle(block('docs/authentication.md', 0), { platform: 'node' });
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
    const tab = await run(at(guarded(), block('docs/authentication.md', 1)), {
      '/api/peer-token': player,
    });
    await says(tab, /^open carol$/m);
  });
});
