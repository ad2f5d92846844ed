import { expect, it } from 'vitest';
import { openGame } from '../support/browser/gamePage.ts';
import { enter, loadKit, say, untilHeard, untilLinked } from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

// The oldest browsers that docs/make-a-game.md names: Chrome 103, Firefox 100 and Safari 16.

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

/** What at least one of them lacks, of all that a script might use. TypeScript holds the rest (tsconfig.client.json). */
const NEWER = [
  ['URL', 'parse canParse'],
  ['AbortSignal', 'any'],
  ['Promise', 'withResolvers try'],
  ['Object', 'groupBy'],
  ['Map', 'groupBy'],
  ['Array', 'fromAsync'],
  ['Array.prototype', 'toSorted toReversed toSpliced with findLast findLastIndex'],
  ['String.prototype', 'isWellFormed toWellFormed'],
  ['Set.prototype', 'union intersection difference isSubsetOf isSupersetOf isDisjointFrom'],
  [
    'Object.getPrototypeOf([].values().__proto__)',
    'map filter take drop flatMap reduce toArray forEach some every find',
  ],
  ['Uint8Array', 'fromBase64 fromHex'],
  ['RTCPeerConnection.prototype', 'setConfiguration'],
  ['URLSearchParams.prototype', 'size'],
] as const;

it('players in browsers of 2022 meet, talk, and find another path', async () => {
  const code = 'old-browsers';
  const pages = await Promise.all(
    [1, 2].map(async () => {
      const { page, lines } = await openGame(context(), site());
      for (const [owner, names] of NEWER) {
        await page.evaluate(`for (const name of '${names}'.split(' ')) delete ${owner}[name]`);
      }
      expect(await page.evaluate(() => 'parse' in URL)).toBe(false);
      await loadKit(page, origin());
      return { page, lines };
    }),
  );
  const [ann = expect.fail(), bob = expect.fail()] = pages;
  for (const { page } of pages) await enter(page, { where: {}, code });
  for (const { page } of pages) await untilLinked(page, 1);
  const fragment = () =>
    bob.page.evaluate(
      () => /ice-ufrag:(\S+)/.exec(window.connections[0]?.localDescription?.sdp ?? '')?.[1],
    );
  const before = await fragment();
  await bob.page.evaluate(() => dispatchEvent(new Event('online')));
  await expect.poll(fragment).not.toBe(before);
  await say(bob.page, 'over another path');
  await untilHeard(ann.page, 'over another path');
  for (const { lines } of pages) expect(lines).toEqual([]);
});
