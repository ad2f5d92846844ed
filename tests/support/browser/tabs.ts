import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { PATIENCE_MS } from '../patience.ts';
import { launchBrowser } from './browser.ts';
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
    context = await browser?.newContext();
    context?.setDefaultTimeout(PATIENCE_MS);
  });
  afterEach(() => context?.close());
  return () => {
    if (context === undefined) throw new Error('Only a test has a context.');
    return context;
  };
}

/**
 * The same, with the page that peers live in.
 *
 * @returns a function that opens a tab with it in the context of the test that is running. The page may
 *   come from another server, which has another version of the client.
 */
export function useTabs(): (from?: PageServer) => Promise<Page> {
  const context = useContext();
  let pages: PageServer | undefined;
  beforeAll(async () => {
    pages = await startPageServer();
  });
  afterAll(() => pages?.close());
  return (from = pages) => {
    if (from === undefined) throw new Error('The page has no server yet.');
    return openTab(context(), from);
  };
}
