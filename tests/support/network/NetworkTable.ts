import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, untilTrue } from '../browser/browser.ts';
import type { GameSite } from '../browser/gamePage.ts';
import { enter, loadKit, startKitSite } from '../browser/kitPage.ts';
import { isCoturnInstalled, startTurn } from '../coturn.ts';
import { PATIENCE_MS } from '../patience.ts';
import { type Conditions, Network } from './Network.ts';

/** The servers of a network, by what they have beside signaling. */
export type ServerName = 'plain' | 'relaying' | 'withTurn';

const QUIET = { LOG_LEVEL: 'off' };
const TURN_PORT = 3478;
const TURN_SECRET = 'north';

/** Two players who are in a room together, Ann being its host. */
export interface Players {
  readonly ann: Page;
  readonly bob: Page;
  /** When both had come in, and knew of each other. */
  readonly metAt: number;
}

/** What closes something. */
type Closer = () => Promise<unknown>;

/** A network with a browser at each of two places, and with servers and a coturn at a third. */
export class NetworkTable {
  readonly network: Network;
  readonly #site: GameSite;
  readonly #browsers: readonly Browser[];
  readonly #servers: Readonly<Record<ServerName, string>>;
  readonly #closers: readonly Closer[];
  #rooms = 0;

  static async open(): Promise<NetworkTable> {
    const closers: Closer[] = [];
    try {
      const network = await Network.make();
      closers.push(() => network.close());
      const site = await startKitSite();
      closers.push(() => site.close());
      const place = {
        address: network.addressOf('servers'),
        port: TURN_PORT,
        enter: network.enter('servers'),
      };
      // Only one case needs it.
      if (isCoturnInstalled()) {
        const turn = await startTurn(TURN_SECRET, place);
        closers.push(() => turn.stop());
      }
      const servers = await startServers(network, closers);
      const browsers: Browser[] = [];
      for (const name of ['ann', 'bob'] as const) {
        const wrap = (executable: string) => network.wrap(name, executable);
        const browser = await launchBrowser('chromium', {}, wrap);
        closers.push(() => browser.close());
        browsers.push(browser);
      }
      return new NetworkTable(network, site, browsers, servers, closers);
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  private constructor(
    network: Network,
    site: GameSite,
    browsers: readonly Browser[],
    servers: Readonly<Record<ServerName, string>>,
    closers: readonly Closer[],
  ) {
    this.network = network;
    this.#site = site;
    this.#browsers = browsers;
    this.#servers = servers;
    this.#closers = closers;
  }

  get browserVersion(): string | undefined {
    return this.#browsers[0]?.version();
  }

  /**
   * Does something with two players who have just come into a room of a server. Their pages are loaded
   * before the network is as it is to be.
   */
  async withPlayers<Result>(
    server: ServerName,
    conditions: Conditions,
    use: (players: Players) => Promise<Result>,
  ): Promise<Result> {
    this.#rooms += 1;
    const code = `room-${this.#rooms}`;
    const contexts: BrowserContext[] = [];
    const pages: Page[] = [];
    try {
      await this.network.set({});
      for (const browser of this.#browsers) {
        const context = await browser.newContext();
        contexts.push(context);
        pages.push(await this.#openPage(context, this.#servers[server]));
      }
      const [ann, bob] = pages;
      if (ann === undefined || bob === undefined) throw new Error('A player has no browser.');
      await this.network.set(conditions);
      await enter(ann, { where: {}, code });
      await enter(bob, { where: {}, code });
      const isMet = () => window.room.peers.size === 1;
      await Promise.all(pages.map((page) => untilTrue(page, isMet)));
      return await use({ ann, bob, metAt: Date.now() });
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
    }
  }

  close(): Promise<void> {
    return closeAll(this.#closers);
  }

  /** What the page is made of comes from this process, and all else by way of the network. */
  async #openPage(context: BrowserContext, server: string): Promise<Page> {
    const { url } = this.#site;
    context.setDefaultTimeout(PATIENCE_MS);
    await context.route(`${url}**`, async (route) =>
      route.fulfill({ response: await route.fetch() }),
    );
    // The first two show the real addresses to WebRTC, the third lets the page ask its server.
    const permissions = ['camera', 'microphone', 'local-network-access'];
    await context.grantPermissions(permissions, { origin: new URL(url).origin });
    const page = await context.newPage();
    await page.goto(url);
    await loadKit(page, server);
    return page;
  }
}

/** @returns where they are. */
async function startServers(
  network: Network,
  closers: Closer[],
): Promise<Readonly<Record<ServerName, string>>> {
  const address = network.addressOf('servers');
  const urls = ['udp', 'tcp'].map((way) => `turn:${address}:${TURN_PORT}?transport=${way}`);
  const settings = {
    plain: QUIET,
    relaying: { ...QUIET, RELAY: 'on' },
    withTurn: { ...QUIET, TURN_URLS: urls.join(','), TURN_SECRET },
  };
  const script = join(import.meta.dirname, 'serversProcess.ts');
  const all = JSON.stringify(Object.values(settings));
  const [program, ...options] = network.enter('servers');
  const child = spawn(program, [...options, process.execPath, script, all], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  closers.push(async () => {
    if (child.connected) child.disconnect();
    await ended;
  });
  const told = once(child, 'message').then(([ports]) => ports as number[]);
  const ports = await Promise.race([told, ended]);
  const [plain, relaying, withTurn] = ports.map((port) => `http://${address}:${port}`);
  if (plain === undefined || relaying === undefined || withTurn === undefined) {
    throw new Error('The servers did not start.');
  }
  return { plain, relaying, withTurn };
}

async function closeAll(closers: readonly Closer[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}
