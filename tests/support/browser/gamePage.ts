import { createServer } from 'node:http';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { PROJECT_ROOT } from '../../../selfhost/projectRoot.ts';
import { codeBlocks } from '../documents.ts';
import { listenHere } from '../listenHere.ts';
import { allowMedia } from './browser.ts';
import { IDLE_PAGE, takeTab } from './idleTabs.ts';

/** A tab that shows the page of a game. */
export interface GameTab {
  readonly page: Page;
  /** What it wrote to the console, errors included. */
  readonly lines: string[];
  /** The addresses of the sockets that it opened. */
  readonly sockets: string[];
}

/** The site of a game. Its tabs share an origin, as those of a real game do. */
export interface GameSite {
  readonly url: string;
  /** Address of a page with nothing in it. */
  readonly idleUrl: string;
  close(): Promise<void>;
}

const PAGE =
  '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/game.js"></script>';

/**
 * Serves a script as the page of a game has it: bundled, with PeerJS from npm, and run anew when the
 * page is reloaded.
 *
 * @param answers what the page asks its own server for, by path.
 */
export async function startGameSite(
  script: string,
  answers: Readonly<Record<string, unknown>> = {},
): Promise<GameSite> {
  const imports = script.includes("from 'peerjs'") ? '' : "import { Peer } from 'peerjs';\n";
  const bundled = await bundle(imports + script, { platform: 'browser' });
  return startSite(PAGE, bundled, answers);
}

/** Serves a script that a browser runs as it is. */
export async function startScriptSite(script: string): Promise<GameSite> {
  return startSite(PAGE, script, {});
}

/** Serves a whole page as a game has it. */
export async function startPageSite(page: string): Promise<GameSite> {
  return startSite(page, '', {});
}

async function startSite(
  page: string,
  script: string,
  answers: Readonly<Record<string, unknown>>,
): Promise<GameSite> {
  const server = createServer(({ url = '' }, response) => {
    const { [url]: answer } = answers;
    if (answer !== undefined) response.end(JSON.stringify(answer));
    else if (url === '/game.js') {
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8').end(script);
    } else if (/^\/(\?|$)/.test(url)) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
    } else if (url === '/idle') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(IDLE_PAGE);
    } else response.writeHead(404).end();
  });
  const url = `http://127.0.0.1:${await listenHere(server)}/`;
  return {
    url,
    idleUrl: `${url}idle`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Opens a tab with the game in it. */
export async function openGame(context: BrowserContext, site: GameSite): Promise<GameTab> {
  await allowMedia(context, site.url);
  const page = await takeTab(context);
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.goto(site.url);
  return { page, lines, sockets };
}

/** Puts the address of a server of a test into a snippet, and changes nothing else. */
export function at(server: string, snippet: string): string {
  const { hostname, port } = new URL(server);
  return snippet
    .replaceAll(/https:\/\/peerjs-server.your-name.workers.dev|http:\/\/localhost:9000/g, server)
    .replaceAll(/\bhost: '[^']+'/g, `host: '${hostname}'`)
    .replaceAll(/\bport: \d+/g, `port: ${port}`)
    .replaceAll('secure: true', 'secure: false')
    .replaceAll('host, port,', `host: '${hostname}', port: ${port},`);
}

/** A snippet of a document, by its place among them or by the function that it defines. */
export function snippet(document: string, which: number | string): string {
  const blocks = codeBlocks(document, 'js');
  const found =
    typeof which === 'number'
      ? blocks[which]
      : blocks.find((code) => code.includes(`function ${which}(`));
  if (found === undefined) throw new Error(`${document} has no snippet ${which}`);
  return found;
}

export async function bundle(contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: PROJECT_ROOT },
    // As the package has it, which need not be built here.
    alias: { 'durable-peerjs-server/client': join(PROJECT_ROOT, 'client', 'index.ts') },
    bundle: true,
    format: 'esm',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
}
