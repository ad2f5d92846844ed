import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from './findBrowser.ts';
import { type BrowserInstallation, packagedChromium } from './packagedChromium.ts';

// Playwright itself adds --headless, --no-sandbox, --disable-background-networking,
// --disable-dev-shm-usage, --mute-audio and the switches against throttling of hidden tabs.
// Don't add --disable-features here: Chromium obeys only the last one, which would undo
// Playwright's.
const SWITCHES = [
  // A test picture and tone instead of a camera and a microphone, and no question whether
  // the page may use them.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // WebRTC leaves out 127.0.0.1 by default, the only address of a machine without network.
  // It takes effect together with the permissions that openTab in peerPage.ts grants.
  '--allow-loopback-in-peer-connection',
  // The tests are about servers on this machine: no name is to be looked up elsewhere.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
];

/**
 * Launches a headless browser with fake camera and microphone, and WebRTC that works without
 * a network. Close it with `browser.close()`, or declare it with `await using`. It also ends
 * when this process does, however that ends: it stops as soon as its control pipe breaks.
 */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, environment } = await resolveBrowser();
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...environment },
    headless: true,
    // The sandbox needs rights that root in a container does not have, and the tests load
    // only their own pages.
    chromiumSandbox: false,
    args: SWITCHES,
  });
}

/**
 * The browser to test with: an installed one if there is any, else the packaged Chromium.
 *
 * @throws when none is installed and this platform has no packaged one
 */
export async function resolveBrowser(): Promise<BrowserInstallation> {
  const installed = findBrowser();
  if (installed !== undefined) {
    return { executablePath: installed, environment: {} };
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    return packagedChromium();
  }
  throw new Error(
    'No browser for the end-to-end tests: install Google Chrome or Chromium, ' +
      'or set CHROME_PATH to the path of its executable.',
  );
}
