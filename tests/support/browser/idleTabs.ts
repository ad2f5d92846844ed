import type { BrowserContext, Page } from 'playwright-core';
import { newPage, VIEWPORT } from './browser.ts';

/** A page that does nothing: what a tab shows while no test has it. */
export const IDLE_PAGE = '<!doctype html><title>Idle</title><link rel="icon" href="data:,">';

/** What tests listen to. The driver itself listens to other events of a page. */
const EVENTS = ['console', 'dialog', 'pageerror', 'request', 'websocket'];

/** The tabs that a test may have, by their context: those that the tests before have left. */
const idleTabs = new WeakMap<BrowserContext, Page[]>();

/** Those that end with their test. */
const spoilt = new WeakSet<Page>();

/** Gives a tab with nothing in it that matters: one that an earlier test has left, or a new one. */
export async function takeTab(context: BrowserContext): Promise<Page> {
  return idleTabs.get(context)?.pop() ?? newPage(context);
}

/**
 * Has a tab end with its test. One must, if it was given a script for its pages, the sockets of its pages were
 * routed, or its network was changed: the driver has no way back.
 */
export function spoil(tab: Page): void {
  spoilt.add(tab);
}

/** Has the pages of a tab keep nothing, as in a browser that blocks cookies. The tab ends with its test. */
export async function blockCookies(tab: Page): Promise<void> {
  spoil(tab);
  await tab.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage']) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('The cookies are blocked.', 'SecurityError');
        },
      });
    }
  });
}

/** Makes the tabs of a test ready for the next one. After a failure, that one has new tabs. */
export async function leaveTabs(
  context: BrowserContext,
  idlePage: string,
  hasFailed: boolean,
): Promise<void> {
  context.removeAllListeners('page');
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  const idle = idleTabs.get(context) ?? [];
  idleTabs.set(context, idle);
  const used = context.pages().filter((tab) => !idle.includes(tab));
  await Promise.all(
    used.map(async (tab) => {
      // A tab that a page opened shares a process with that page.
      const isReady =
        !hasFailed &&
        !spoilt.has(tab) &&
        (await tab.opener()) === null &&
        (await isEmptied(tab, idlePage));
      if (isReady) idle.push(tab);
      else await tab.close();
    }),
  );
}

/** Ends what lives in a tab, and forgets what it was set to and has stored, if that can be done. */
async function isEmptied(tab: Page, idlePage: string): Promise<boolean> {
  for (const event of EVENTS) tab.removeAllListeners(event);
  try {
    await tab.unrouteAll({ behavior: 'ignoreErrors' });
    const size = tab.viewportSize();
    if (size !== null && size.width !== VIEWPORT.width) await tab.setViewportSize(VIEWPORT);
    // What is left to do may write again, and a page of another site has a storage of its own.
    await forget(tab);
    await tab.goto(idlePage);
    await forget(tab);
    return true;
  } catch {
    // It was about to show another page.
    return false;
  }
}

async function forget(tab: Page): Promise<void> {
  await tab.evaluate(() => {
    // An empty page and one that could not be loaded have no storage.
    if (location.protocol.startsWith('http')) sessionStorage.clear();
  });
}
