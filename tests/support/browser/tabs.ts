import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { launchBrowser, newContext } from './browser.ts';
import type { BrowserName } from './findBrowser.ts';
import { type PageServer, startPageServer } from './pageServer.ts';
import { openTab } from './peerPage.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser that a project of vitest.config.ts tells its stories in. */
    readonly browser: BrowserName;
  }
}

/**
 * Launches the browser for the tests of a file, and gives each test a context of its own: windows
 * that share no storage with those of other tests.
 *
 * @returns a function that gives the context of the test that is running.
 */
export function useContext(): () => BrowserContext {
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;
  beforeAll(async () => {
    browser = await launchBrowser(inject('browser'));
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    if (browser !== undefined) context = await newContext(browser);
  });
  afterEach(() => context?.close());
  return () => {
    if (context === undefined) throw new Error('Only a test has a context.');
    return context;
  };
}

/**
 * Launches the browser for the tests of a file, with the page that peers live in. Its tabs all have one
 * context, and those that a test leaves open show a new page in the next one: to open a tab costs four
 * times the CPU of loading the page, and in Firefox a second.
 *
 * @returns a function that gives a tab to the test that is running. The page may come from another
 *   server, which has another version of the client.
 */
export function useTabs(): (from?: PageServer) => Promise<Page> {
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;
  let pages: PageServer | undefined;
  const inUse: Page[] = [];
  const idle: Page[] = [];
  beforeAll(async () => {
    [browser, pages] = await Promise.all([launchBrowser(inject('browser')), startPageServer()]);
    context = await newContext(browser);
  });
  afterAll(() => Promise.all([browser?.close(), pages?.close()]));
  afterEach(async () => {
    const left = inUse.splice(0).filter((page) => !page.isClosed());
    // What lives in a page ends here, so that a peer of the next test meets nobody.
    await Promise.all(left.map((page) => page.goto('about:blank')));
    idle.push(...left);
  });
  return async (from = pages) => {
    if (from === undefined || context === undefined) throw new Error('Only a test has a tab.');
    const page = await openTab(context, from, idle.pop());
    inUse.push(page);
    return page;
  };
}
