import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import type { BrowserName } from './findBrowser.ts';

/** A browser whose pages can be made to crash, all of them at the same time. */
interface MortalBrowser {
  readonly browser: Browser;
  /** The ids of the processes that its pages live in. The browser itself outlives them. */
  pageProcesses(): Promise<number[]>;
}

/** Launches a browser whose pages can be made to crash. Of Firefox it needs one on Linux. */
export async function launchMortalBrowser(name: BrowserName): Promise<MortalBrowser> {
  // Tells the processes of this Firefox from those of others: each of them inherits it.
  const mark = randomUUID();
  const browser = await launchBrowser(name, { PEERJS_TEST_BROWSER: mark });
  return {
    browser,
    pageProcesses: () => (name === 'firefox' ? contentProcesses(mark) : renderers(browser)),
  };
}

async function renderers(browser: Browser): Promise<number[]> {
  return (await chromiumProcesses(browser))
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => id);
}

/** All processes of a Chromium. Pages live in its renderers. */
export async function chromiumProcesses(browser: Browser): Promise<{ type: string; id: number }[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo;
}

/** As Firefox tells its driver of no processes, these are found among all that there are. */
async function contentProcesses(mark: string): Promise<number[]> {
  // Of others' processes, and of those that end meanwhile, nothing can be read.
  const read = (id: string, file: string) =>
    readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
  const found = (await readdir('/proc')).map(async (id) => {
    const isContent = (await read(id, 'cmdline')).includes(' -isForBrowser ');
    return isContent && (await read(id, 'environ')).includes(mark) ? [Number(id)] : [];
  });
  return (await Promise.all(found)).flat();
}
