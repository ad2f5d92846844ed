import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { launchBrowser, newContext } from './browser.ts';
import type { BrowserName } from './findBrowser.ts';
import { leaveTabs } from './idleTabs.ts';
import { type PageServer, startPageServer } from './pageServer.ts';
import { openTab } from './peerPage.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser that a project of vitest.config.ts tells its stories in. */
    readonly browser: BrowserName;
  }
}

/**
 * Launches the browser for the tests of a file. They share its windows and one context: to open a tab
 * costs two or three times the CPU of loading a page in one that is there, and in Firefox a second. No
 * test meets what another one has left in the storage of a tab, what lived in its page, a size, a route or
 * a listener. What else a test changes in a tab it undoes, or it spoils the tab.
 *
 * @param idlePage the address of a page that does nothing, which a tab shows between two tests. Where the
 *   tests share a site, it is there: what the site has stored is forgotten, and to leave it may cost
 *   Chromium another process.
 * @param prepare is done once, before any test has a tab.
 * @returns a function that gives the context of the test that is running.
 */
export function useContext(
  idlePage = () => 'about:blank',
  prepare: (context: BrowserContext) => Promise<unknown> = async () => {},
): () => BrowserContext {
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;
  beforeAll(async () => {
    browser = await launchBrowser(inject('browser'));
    context = await newContext(browser);
    await prepare(context);
  });
  afterAll(() => browser?.close());
  afterEach(async ({ task }) => {
    if (context !== undefined) await leaveTabs(context, idlePage(), task.result?.state === 'fail');
  });
  return () => {
    if (context === undefined) throw new Error('Only a test has a context.');
    return context;
  };
}

/**
 * The same with the page that peers live in.
 *
 * @returns a function that gives a tab to the test that is running. The page may come from another
 *   server, which has another version of the client.
 */
export function useTabs(): (from?: PageServer) => Promise<Page> {
  let pages: PageServer | undefined;
  beforeAll(async () => {
    pages = await startPageServer();
  });
  const context = useContext(() => pages?.idleUrl ?? 'about:blank');
  afterAll(() => pages?.close());
  return async (from = pages) => {
    if (from === undefined) throw new Error('Only a test has a tab.');
    return openTab(context(), from);
  };
}
