import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import type { BrowserName } from './findBrowser.ts';

/** A browser whose pages may crash, all of them at the same time. */
export interface MortalBrowser {
  readonly browser: Browser;
  /** Kills the processes that its pages live in with SIGKILL. The browser itself lives on. */
  crash(): Promise<void>;
}

/** Launches a browser whose pages may crash. Of Firefox it needs one on Linux. */
export async function launchMortalBrowser(name: BrowserName): Promise<MortalBrowser> {
  // Tells the processes of this Firefox from those of others: each of them inherits it.
  const mark = randomUUID();
  const browser = await launchBrowser(name, { PEERJS_TEST_BROWSER: mark });
  return {
    browser,
    async crash() {
      const ids = await (name === 'firefox' ? contentProcesses(mark) : renderers(browser));
      if (ids.length === 0) throw new Error('No process of a page was found.');
      for (const id of ids) process.kill(id, 'SIGKILL');
    },
  };
}

async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
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
