/**
 * Run as a program of its own by packagedChromium.ts. Unpacks the browser into the folder
 * that TMPDIR names: @sparticuz/chromium knows no other way to be told where.
 */
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
