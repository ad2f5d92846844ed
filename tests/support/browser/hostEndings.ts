import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import type { GameSite } from './gamePage.ts';
import { HostTable } from './hostTable.ts';
import { setHidden, startKitSite } from './kitPage.ts';

/** How the host of a room may end, and come back. */
export interface HostEnding {
  readonly name: string;
  /** Seconds within which all others are to have the same new host, in 95 of 100 cases. */
  readonly budget: number;
  readonly cutsLinks?: true;
  end(table: HostTable): Promise<unknown>;
  comeBack(table: HostTable): Promise<unknown>;
}

/** What came of an ending. */
export interface HostRun {
  /** Milliseconds until all others named another host. */
  readonly replacedAfter: number;
  /** Milliseconds until all others knew from the new host which round the game is in. */
  readonly wentOnAfter: number;
  /** All others named the same new host, and the same term, and nobody but that one. */
  readonly isAgreed: boolean;
  /** That one is the host for all four after the one before has come back. */
  readonly isKept: boolean;
}

const AT_ONCE = 0.3;
const AFTER_COMPLAINTS = 7;

export const HOST_ENDINGS: readonly HostEnding[] = [
  {
    name: 'its tab is closed',
    budget: AT_ONCE,
    end: ({ host }) => host.close(),
    comeBack: (table) => table.joinAnew(),
  },
  {
    name: 'its page is reloaded',
    budget: AT_ONCE,
    end: ({ host }) => host.reload(),
    comeBack: (table) => table.rejoin(),
  },
  {
    name: 'its tab is hidden, so that it yields',
    budget: AT_ONCE,
    end: ({ host }) => setHidden(host, true),
    comeBack: ({ host }) => setHidden(host, false),
  },
  {
    name: 'its tab is killed',
    budget: AFTER_COMPLAINTS,
    end: (table) => table.signalPages('SIGKILL'),
    comeBack: (table) => table.restore(),
  },
  {
    name: 'its browser is killed',
    budget: AFTER_COMPLAINTS,
    end: (table) => table.killBrowser(),
    async comeBack(table) {
      await table.relaunch();
      await table.restore();
    },
  },
  {
    name: 'its tab is frozen',
    budget: AFTER_COMPLAINTS,
    end: (table) => table.signalPages('SIGSTOP'),
    comeBack: (table) => table.signalPages('SIGCONT'),
  },
  {
    name: 'it is cut off, without a word',
    budget: AFTER_COMPLAINTS,
    cutsLinks: true,
    async end(table) {
      table.proxy.hold();
      await table.setLinksCut(true);
    },
    async comeBack(table) {
      table.proxy.letGo();
      await table.setLinksCut(false);
    },
  },
  {
    name: 'it is cut off, and its socket is reset',
    budget: AFTER_COMPLAINTS,
    cutsLinks: true,
    async end(table) {
      table.proxy.upstream = undefined;
      table.proxy.reset();
      await table.setLinksCut(true);
    },
    async comeBack(table) {
      table.proxy.upstream = table.port;
      await table.setLinksCut(false);
    },
  },
];

/** Plays endings, in a room of its own each. They share a server, a site and a browser to watch in. */
export class HostEndings {
  readonly #port: number;
  readonly #site: GameSite;
  readonly #browser: Browser;

  /** @param port of a server on this machine. */
  static async start(port: number): Promise<HostEndings> {
    const [site, browser] = await Promise.all([startKitSite(), launchBrowser()]);
    return new HostEndings(port, site, browser);
  }

  private constructor(port: number, site: GameSite, browser: Browser) {
    this.#port = port;
    this.#site = site;
    this.#browser = browser;
  }

  get browserVersion(): string {
    return this.#browser.version();
  }

  /**
   * Lets the host of a room of four end, and come back.
   *
   * @throws if there is no new host within a minute, or the one before does not come back.
   */
  play(ending: HostEnding): Promise<HostRun> {
    return this.withTable(ending, async (table) => {
      const began = Date.now();
      const [seen] = await Promise.all([table.untilGoneOn(), ending.end(table)]);
      const firsts = seen.map(({ named: [first] }) => first);
      const [next] = firsts;
      if (next === undefined) throw new Error('nobody has named a host');
      const isNext = (it: { host: string; term: number } | undefined) =>
        it?.host === next.host && it.term === next.term;

      await ending.comeBack(table);
      const hosts = await table.hostsAfterReturn(next.host);
      return {
        replacedAfter: Math.max(...firsts.map((it) => it?.at ?? Number.NaN)) - began,
        wentOnAfter: Math.max(...seen.map(({ wentOnAt }) => wentOnAt)) - began,
        isAgreed: seen.every(({ named }) => named.length === 1) && firsts.every(isNext),
        isKept: hosts.every(isNext),
      };
    });
  }

  /** Does something with a room of four. */
  async withTable<Result>(
    options: { readonly cutsLinks?: true },
    use: (table: HostTable) => Promise<Result>,
  ): Promise<Result> {
    const watchers = await this.#browser.newContext();
    const table = await HostTable.open(this.#port, this.#site, watchers, options);
    try {
      return await use(table);
    } catch (error) {
      throw new Error(await table.describe(), { cause: error });
    } finally {
      await Promise.all([watchers.close(), table.close()]);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#browser.close(), this.#site.close()]);
  }
}
