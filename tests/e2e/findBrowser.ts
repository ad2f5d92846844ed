import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** What decides where a browser may be; the defaults describe the running process. */
export interface BrowserSearch {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly isExecutable?: (path: string) => boolean;
}

// `chromium-browser` is left out on purpose: on Ubuntu it is a stub that only tells how to
// install a snap.
const COMMANDS = ['google-chrome', 'google-chrome-stable', 'chromium', 'chrome'];

const MACOS_BROWSERS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const WINDOWS_FOLDERS = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'];
const WINDOWS_BROWSER = 'Google\\Chrome\\Application\\chrome.exe';

/**
 * Finds an installed Chrome or Chromium: the one that `CHROME_PATH` names, else one on the
 * PATH, else one in the usual macOS and Windows places.
 *
 * @returns the path of its executable, or undefined when none is installed
 * @throws when `CHROME_PATH` is set but names no executable file, because running another
 *   browser than the one asked for would mislead
 */
export function findBrowser(search: BrowserSearch = {}): string | undefined {
  const environment = search.environment ?? process.env;
  const platform = search.platform ?? process.platform;
  const isExecutable = search.isExecutable ?? isExecutableFile;

  const wanted = environment.CHROME_PATH;
  if (wanted) {
    if (!isExecutable(wanted)) {
      throw new Error(`CHROME_PATH is "${wanted}", which is not an executable file.`);
    }
    return wanted;
  }
  return candidates(environment, platform).find((path) => isExecutable(path));
}

function candidates(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string[] {
  if (platform === 'win32') {
    // Windows installers do not put the browser on the PATH.
    return WINDOWS_FOLDERS.map((name) => environment[name])
      .filter((folder) => folder !== undefined)
      .map((folder) => win32.join(folder, WINDOWS_BROWSER));
  }
  const folders = (environment.PATH ?? '').split(posix.delimiter).filter(Boolean);
  const onPath = COMMANDS.flatMap((command) =>
    folders.map((folder) => posix.join(folder, command)),
  );
  return platform === 'darwin' ? [...onPath, ...MACOS_BROWSERS] : onPath;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
