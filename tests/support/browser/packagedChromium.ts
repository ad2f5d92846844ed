import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A browser to launch, and the environment variables that it needs on top of our own. */
export interface BrowserInstallation {
  readonly executablePath: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The package's own file looks for its fonts where they are on AWS. Without any font a page has no
 * text, and Chromium crashes when a text field gets the focus.
 */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/**
 * The Chromium that the npm package @sparticuz/chromium carries, unpacked on first use into
 * `node_modules/.cache`. Safe to call from several processes at once.
 */
export async function packagedChromium(): Promise<BrowserInstallation> {
  const folder = await unpackedFolder();
  if (!existsSync(folder)) {
    await unpackInto(folder);
  }
  const libraries = join(folder, 'al2023', 'lib');
  return {
    executablePath: join(folder, 'chromium'),
    environment: {
      // The package brings the NSS and expat libraries that a plain system may lack.
      LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  };
}

async function unpackedFolder(): Promise<string> {
  const packageFile = findPackageJSON('@sparticuz/chromium', import.meta.url);
  if (packageFile === undefined) {
    throw new Error('The npm package @sparticuz/chromium is not installed; run npm install.');
  }
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  const nodeModules = join(dirname(packageFile), '..', '..');
  // The version is in the name so that an update of the package is unpacked anew.
  return join(nodeModules, '.cache', `chromium-${version}`);
}

/**
 * Unpacks into a folder of its own first and then renames it, so that no other process ever
 * sees a half-written browser. (@sparticuz/chromium itself takes any file that exists for a
 * finished one.)
 */
async function unpackInto(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}-unpacking-`);
  try {
    const program = fileURLToPath(new URL('unpackChromium.ts', import.meta.url));
    await promisify(execFile)(process.execPath, [program], {
      env: {
        ...process.env,
        TMPDIR: staging,
        // Without a sign of AWS Lambda the package leaves out its shared libraries.
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      },
    });
    await writeFile(join(staging, 'fonts', 'fonts.conf'), FONTS);
    await rename(staging, folder);
  } catch (error) {
    // Another process may have been first: a folder that is not empty is never replaced.
    if (!existsSync(folder)) {
      throw error;
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
