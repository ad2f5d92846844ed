import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** The browsers to test with. */
export type BrowserName = 'chromium' | 'firefox';

/** Where a browser may be. */
interface Places {
  /** The environment variable that names its executable. */
  readonly variable: string;
  readonly commands: readonly string[];
  readonly macos: readonly string[];
  /** In one of `WINDOWS_FOLDERS`. */
  readonly windows: readonly string[];
  /** An older one is as good as none. */
  readonly oldestVersion?: number;
}

const PLACES: Readonly<Record<BrowserName, Places>> = {
  chromium: {
    variable: 'CHROME_PATH',
    // `chromium-browser` is left out on purpose: on Ubuntu it is a stub that only tells how to
    // install a snap.
    commands: ['google-chrome', 'google-chrome-stable', 'chromium', 'chrome'],
    macos: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    windows: ['Google\\Chrome\\Application\\chrome.exe'],
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    // Only the one of Debian: each version of Firefox speaks its own WebDriver BiDi, and the driver
    // is of a version that this one understands.
    commands: ['firefox-esr'],
    macos: [],
    windows: [],
    // Firefox 140 does not know the command `network.addDataCollector`, which the driver sends first.
    oldestVersion: 153,
  },
};

const WINDOWS_FOLDERS = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'];

/**
 * Finds an installed browser: the one that `CHROME_PATH` or `FIREFOX_PATH` names, else one on the
 * PATH, else one in the usual macOS and Windows places.
 *
 * @returns the path of its executable, or undefined when none is installed
 * @throws when the variable is set but names no executable file, because running another
 *   browser than the one asked for would mislead
 */
export function findBrowser(name: BrowserName): string | undefined {
  const places = PLACES[name];
  const wanted = process.env[places.variable];
  if (wanted) {
    if (!isExecutableFile(wanted)) {
      throw new Error(`${places.variable} is "${wanted}", which is not an executable file.`);
    }
    return wanted;
  }
  return candidates(places).find((path) => isExecutableFile(path) && isNewEnough(path, places));
}

function isNewEnough(path: string, { oldestVersion }: Places): boolean {
  if (oldestVersion === undefined) return true;
  const [, version] = /(\d+)\./.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(version) >= oldestVersion;
}

function candidates({ commands, macos, windows }: Places): string[] {
  const { env: environment, platform } = process;
  if (platform === 'win32') {
    // Windows installers do not put the browser on the PATH.
    return WINDOWS_FOLDERS.map((name) => environment[name])
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => windows.map((path) => win32.join(folder, path)));
  }
  const folders = (environment.PATH ?? '').split(posix.delimiter).filter(Boolean);
  const onPath = commands.flatMap((command) =>
    folders.map((folder) => posix.join(folder, command)),
  );
  return platform === 'darwin' ? [...onPath, ...macos] : onPath;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
