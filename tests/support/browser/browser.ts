import { statfsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, firefox, type Page } from 'playwright-core';
import { PATIENCE_MS } from '../patience.ts';
import { type BrowserName, findBrowser } from './findBrowser.ts';
import { type BrowserInstallation, packagedChromium } from './packagedChromium.ts';

// Playwright itself adds --headless, --no-sandbox, --disable-background-networking,
// --mute-audio and the switches against throttling of hidden tabs.
// Don't add --disable-features here: Chromium obeys only the last one, which would undo
// Playwright's.
const SWITCHES = [
  // A test picture and tone instead of a camera and a microphone, and no question whether
  // the page may use them. Few pictures a second, as each has to be compressed.
  '--use-fake-device-for-media-stream=fps=5',
  '--use-fake-ui-for-media-stream',
  // WebRTC leaves out 127.0.0.1 by default, the only address of a machine without network.
  // It takes effect together with the permissions that allowMedia grants.
  '--allow-loopback-in-peer-connection',
  // The tests are about servers on this machine: no name is to be looked up elsewhere.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE 10.*',
];

/** The same for Firefox, which needs no permissions for it. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'network.dns.disabled': true,
  // The rest saves half of the processor's time: one process for all pages and none in store, and
  // nothing is drawn more often than somebody looks.
  'fission.autostart': false,
  'dom.ipc.processCount': 1,
  'dom.ipc.processPrelaunch.enabled': false,
  'browser.newtab.preload': false,
  'layout.frame_rate': 5,
};

/** The shared memory of all browsers that run at once. Containers often have 64 MB, too little for one. */
const ENOUGH_SHARED_MEMORY = 2 ** 31;

/**
 * Whether Chromium can share memory where it does by default. Playwright has it make files in /tmp, in
 * case that it cannot, which takes an eighth of the processor's time.
 */
function hasSharedMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= ENOUGH_SHARED_MEMORY;
  } catch {
    return false;
  }
}

/** Firefox draws its windows, though nobody sees them: the smaller the better. */
const SMALL_WINDOWS = { MOZ_HEADLESS_WIDTH: '450', MOZ_HEADLESS_HEIGHT: '200' };

/**
 * Launches a headless browser with fake camera and microphone, and WebRTC that works without
 * a network. Close it with `browser.close()`, or declare it with `await using`. Chromium also ends
 * when this process does, however that ends: it stops as soon as its control pipe breaks.
 *
 * @param variables of its environment, on top of our own. Its processes all have them.
 * @param wrap makes another executable out of that of the browser.
 */
export async function launchBrowser(
  name: BrowserName = 'chromium',
  variables: Readonly<Record<string, string>> = {},
  wrap = async (executablePath: string) => executablePath,
): Promise<Browser> {
  const { executablePath, environment } = await resolveBrowser(name);
  const options = {
    executablePath: await wrap(executablePath),
    env: { ...process.env, ...environment, ...variables },
    headless: true,
  };
  switch (name) {
    case 'chromium':
      return chromium.launch({
        ...options,
        // The sandbox needs rights that root in a container does not have, and the tests load
        // only their own pages.
        chromiumSandbox: false,
        args: SWITCHES,
        ignoreDefaultArgs: hasSharedMemory() ? ['--disable-dev-shm-usage'] : [],
      });
    case 'firefox':
      // The channel has Playwright speak WebDriver BiDi, as a Firefox that it has not built itself
      // does. From 1.65 on Playwright sends a command that Firefox 153, the one of Debian, lacks.
      return firefox.launch({
        ...options,
        env: { ...options.env, ...SMALL_WINDOWS },
        channel: 'moz-firefox',
        firefoxUserPrefs: PREFERENCES,
      });
  }
}

/**
 * The browser to test with: an installed one if there is any, else the packaged Chromium.
 *
 * @throws when none is installed and there is no packaged one for this platform
 */
export async function resolveBrowser(name: BrowserName): Promise<BrowserInstallation> {
  const installed = findBrowser(name);
  if (installed !== undefined) {
    return { executablePath: installed, environment: {} };
  }
  if (name === 'firefox') {
    throw new Error('Firefox is not installed here (apt-get install firefox-esr).');
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    return packagedChromium();
  }
  throw new Error(
    'No browser for the end-to-end tests: install Google Chrome or Chromium, ' +
      'or set CHROME_PATH to the path of its executable.',
  );
}

/** The size of a page, unless a test has given it another one. */
export const VIEWPORT = { width: 1280, height: 720 };

/** How often `waitForFunction` looks. By default the page draws itself for each look. */
export const SELDOM = { polling: 100 };

/**
 * Waits until something is true in a page, whatever the page shows meanwhile. Playwright's `waitForFunction`
 * would load 250 KB of script into each page that it looks at.
 *
 * @param isTrue runs in the page, ten times a second, with an argument that JSON can hold.
 * @returns what it has given in the end.
 */
export async function untilTrue<Argument, Result>(
  page: Page,
  isTrue: (argument: Argument) => Result,
  ...[argument]: undefined extends Argument ? [] : [Argument]
): Promise<Exclude<Awaited<Result>, undefined | false>> {
  const look = async (isTrue: (argument: unknown) => unknown, argument: unknown, ms: number) => {
    const end = Date.now() + ms;
    for (;;) {
      const result = await isTrue(argument);
      if (result) return result;
      if (Date.now() > end) throw new Error(`It is not true: ${isTrue}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const expression = `(${look})(${isTrue}, ${JSON.stringify(argument)}, ${PATIENCE_MS})`;
  for (;;) {
    try {
      return await page.evaluate(expression);
    } catch (error) {
      if (!/context was destroyed|navigat/i.test(String(error))) throw error;
    }
  }
}

/** Opens a context: windows that share no storage with those of others. */
export async function newContext(browser: Browser): Promise<BrowserContext> {
  // A size for its pages would have Firefox lay out each window twice.
  const viewport = browser.browserType() === firefox ? null : VIEWPORT;
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

let opening: Promise<unknown> = Promise.resolve();

/** Opens an empty page. */
export async function newPage(context: BrowserContext): Promise<Page> {
  if (!isFirefox(context)) return context.newPage();
  // It fails, now and then, to open two windows at the same moment.
  const page = opening.then(() => context.newPage());
  opening = page.catch(() => {});
  return page;
}

/**
 * Opens an empty page beside another one, which must stay where it is meanwhile. Firefox makes it a tab
 * of the same window, for half of what a window costs.
 */
export async function newPageBeside(other: Page): Promise<Page> {
  const context = other.context();
  if (!isFirefox(context)) return context.newPage();
  const page = opening.then(async () => {
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      other.evaluate(() => {
        window.open('about:blank', '_blank', 'noopener');
      }),
    ]);
    return opened;
  });
  opening = page.catch(() => {});
  return page;
}

/**
 * Lets what comes from the site of an address use the camera and the microphone, and WebRTC the
 * machine's addresses.
 */
export async function allowMedia(context: BrowserContext, url: string): Promise<void> {
  // Its preferences allow it all; it knows no such permissions.
  if (isFirefox(context)) return;
  // Only to pages that may use the camera does WebRTC show the machine's real addresses.
  // Others get mDNS names, which nothing resolves where there is no multicast, and no
  // connection at all where there is no network but the loopback.
  await context.grantPermissions(['camera', 'microphone'], { origin: new URL(url).origin });
}

function isFirefox(context: BrowserContext): boolean {
  return context.browser()?.browserType() === firefox;
}
