import { resolveBrowser } from './browser/browser.ts';

/**
 * Finds or unpacks the browser once before all test files, so that those which start at the same
 * moment do not each spend seconds on unpacking it.
 */
export default async function prepareBrowser(): Promise<void> {
  await resolveBrowser('chromium');
}
