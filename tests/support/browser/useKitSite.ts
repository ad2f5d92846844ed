import { afterAll, beforeAll } from 'vitest';
import type { GameSite } from './gamePage.ts';
import { startKitSite } from './kitPage.ts';

/**
 * Starts the site of the kit's pages for the tests of a file, and stops it behind them.
 *
 * @returns a function that gives the site.
 */
export function useKitSite(): () => GameSite {
  let site: GameSite | undefined;
  beforeAll(async () => {
    site = await startKitSite();
  });
  afterAll(() => site?.close());
  return () => {
    if (site === undefined) throw new Error('Only a test has a site.');
    return site;
  };
}
