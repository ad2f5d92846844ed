import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { launchBrowser, untilTrue } from './browser.ts';
import type { GameSite } from './gamePage.ts';
import { come, loadKit, openKitPage, untilLinked } from './kitPage.ts';
import { chromiumProcesses } from './mortalBrowser.ts';
import { TcpProxy } from './tcpProxy.ts';

declare global {
  interface Window {
    /** The hosts that this page was told of after the first one. */
    named: Named[];
    /** When this page knew from another host which round the game is in. */
    wentOnAt: number | undefined;
  }
}

/** A host, and when a page was told of it. */
interface Named {
  readonly host: string;
  readonly term: number;
  readonly at: number;
}

const WHERE = { game: 'hosts' };
/** The round that the game is in when its host ends. */
const ROUND = 7;
/** Chromium loses packets only of connections that it had slowed down when they were made. */
const SLOWED = { urlPattern: '', latency: 1, downloadThroughput: 1e8, uploadThroughput: 1e8 };

/** A room of four: a host in a browser of its own behind a proxy, and three others. */
export class HostTable {
  /** Where the server is. */
  readonly port: number;
  readonly proxy: TcpProxy;
  readonly #site: GameSite;
  #browser: Browser;
  #host: Page;
  #others: readonly Page[] = [];
  #network: CDPSession | undefined;
  #code = '';
  /** What the tab of the host has stored. */
  #stored: Readonly<Record<string, string>> = {};

  /**
   * Seats the four, and waits until each has a link to each.
   *
   * @param options.cutsLinks the host's links may be cut. They are not else, as a page that is slowed
   *   down may be gone before the last word of its socket is.
   */
  static async open(
    port: number,
    site: GameSite,
    watchers: BrowserContext,
    { cutsLinks = false } = {},
  ): Promise<HostTable> {
    const [proxy, browser] = await Promise.all([TcpProxy.start(port), launchBrowser()]);
    const host = await openKitPage(await browser.newContext(), site, at(proxy.port));
    const table = new HostTable(port, proxy, site, browser, host);
    try {
      if (cutsLinks) await table.#slowDown();
      await table.#seat(watchers);
      return table;
    } catch (error) {
      await table.close();
      throw error;
    }
  }

  private constructor(port: number, proxy: TcpProxy, site: GameSite, browser: Browser, host: Page) {
    this.port = port;
    this.proxy = proxy;
    this.#site = site;
    this.#browser = browser;
    this.#host = host;
  }

  /** The page of the first host. */
  get host(): Page {
    return this.#host;
  }

  get others(): readonly Page[] {
    return this.#others;
  }

  /** Takes the host's way to the other players, or gives it back. */
  async setLinksCut(isCut: boolean): Promise<void> {
    if (this.#network === undefined) throw new Error('the links of this table are not to be cut');
    await this.#network.send('Network.emulateNetworkConditionsByRule', {
      matchedNetworkConditions: [{ ...SLOWED, packetLoss: isCut ? 100 : 0 }],
    });
  }

  /** Sends a signal to the processes that the pages of the host live in. */
  async signalPages(name: NodeJS.Signals): Promise<void> {
    for (const { type, id } of await chromiumProcesses(this.#browser)) {
      if (type === 'renderer') signal(id, name);
    }
  }

  /** Kills the browser of the host, so that no part of it says anything more. */
  async killBrowser(): Promise<void> {
    for (const { id } of await chromiumProcesses(this.#browser)) signal(id, 'SIGKILL');
  }

  /** Starts the browser of the host anew. */
  async relaunch(): Promise<void> {
    this.#browser = await launchBrowser();
  }

  /** Opens the tab of the host anew, with what it had stored. */
  async restore(): Promise<void> {
    this.#host = await openKitPage(await this.#browser.newContext(), this.#site, this.#server);
    await this.#host.evaluate((stored) => {
      for (const [name, value] of Object.entries(stored)) sessionStorage.setItem(name, value);
    }, this.#stored);
    await this.#join();
  }

  /** Comes in by the code in a tab that was never in the room. */
  async joinAnew(): Promise<void> {
    this.#stored = {};
    await this.restore();
  }

  /** Comes in again where the page of the host was reloaded. */
  async rejoin(): Promise<void> {
    await loadKit(this.#host, this.#server);
    await this.#join();
  }

  /** Waits until each of the others has another host, and knows from it which round it is. */
  async untilGoneOn(): Promise<{ id: string; named: Named[]; wentOnAt: number }[]> {
    return Promise.all(
      this.#others.map(async (page) => {
        await untilTrue(page, () => window.named.length > 0 && window.wentOnAt !== undefined);
        return page.evaluate(() => ({
          id: window.room.selfId,
          named: window.named,
          wentOnAt: window.wentOnAt ?? Number.NaN,
        }));
      }),
    );
  }

  /**
   * Waits until the server has heard the one who has come back, and until a host's word has then
   * reached all four.
   *
   * @param hostId who is to be the host.
   * @returns whom each of the four names then, and the term.
   */
  async hostsAfterReturn(hostId: string): Promise<{ host: string; term: number }[]> {
    // It may be that its socket is still to come back.
    await untilTrue(this.#host, () =>
      window.room.set({ ready: true }).then(
        () => true,
        () => false,
      ),
    );
    const said = this.#others.map((page) =>
      page.evaluate(
        async ([id, round]) => {
          if (window.room.selfId !== id) return false;
          return window.room.setState({ round }).then(
            () => true,
            () => false,
          );
        },
        [hostId, ROUND + 1] as const,
      ),
    );
    const isHeard = (await Promise.all(said)).includes(true);
    return Promise.all(
      [this.#host, ...this.#others].map(async (page) => {
        // Where that one is not the host any more, its word reaches nobody.
        if (isHeard) {
          await untilTrue(page, (round) => window.room.state.round === round, ROUND + 1);
        }
        return page.evaluate(() => ({ host: window.room.hostId, term: window.room.term }));
      }),
    );
  }

  /** What each page knows, to explain a failure. */
  async describe(): Promise<string> {
    const views = [this.#host, ...this.#others].map((page) =>
      Promise.race([
        page.evaluate(() => {
          const { selfId, status, hostId, term, state, peers } = window.room;
          const ways = [...peers.values()].map(({ id, via, away }) => ({ id, via, away }));
          const { named, wentOnAt } = window;
          return JSON.stringify({ selfId, status, hostId, term, state, ways, named, wentOnAt });
        }),
        sleep(1000, 'it does not answer', { ref: false }),
      ]).catch(String),
    );
    return (await Promise.all(views)).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([this.#browser.close(), this.proxy.close()]);
  }

  get #server(): string {
    return at(this.proxy.port);
  }

  async #slowDown(): Promise<void> {
    this.#network = await this.#host.context().newCDPSession(this.#host);
    await this.#network.send('Network.enable');
    await this.setLinksCut(false);
  }

  async #seat(watchers: BrowserContext): Promise<void> {
    const host = this.#host;
    this.#code = (await come(host, 'createRoom', WHERE, { name: 'Ann' })).code;
    await host.evaluate((round) => window.room.setState({ round }), ROUND);
    this.#stored = await host.evaluate(() => ({ ...sessionStorage }));
    this.#others = await Promise.all(
      ['Bob', 'Cleo', 'Dan'].map(async (name) => {
        const page = await openKitPage(watchers, this.#site, at(this.port));
        await come(page, 'joinRoom', WHERE, this.#code, { name });
        await page.evaluate(watch, ROUND);
        return page;
      }),
    );
    await Promise.all([host, ...this.#others].map((page) => untilLinked(page, 3)));
  }

  async #join(): Promise<void> {
    await come(this.#host, 'joinRoom', WHERE, this.#code);
  }
}

function at(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function signal(process: number, name: NodeJS.Signals): void {
  try {
    kill(process, name);
  } catch (error) {
    // It may have ended with another one.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * In a page: notes who becomes the host. A page that becomes the host says ten times a second which
 * round the state names.
 */
function watch(round: number): void {
  const { room, say } = window;
  window.named = [];
  const goOn = (known: unknown) => {
    if (known === round) window.wentOnAt ??= Date.now();
  };
  room.on('host', (host) => {
    window.named.push({ host, term: room.term, at: Date.now() });
    if (!room.isHost) return;
    const tick = () => {
      say.send(room.state.round);
      goOn(room.state.round);
    };
    tick();
    setInterval(tick, 100);
  });
  say.on(goOn);
}
