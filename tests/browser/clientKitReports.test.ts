import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import { enter, openKitPage, untilLinked, wallOff } from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

// What the kit tells the server of how its links ended.

const origin = useServer({ PUBLIC_METRICS: 'true' });
const uninterested = useServer({ LINK_REPORTS: 'off' });
const site = useKitSite();
const context = useContext(() => site().idleUrl);

interface Told {
  readonly page: Page;
  /** The bodies of its reports. */
  readonly reports: string[];
}

/** Opens a page that comes into a room. */
async function come(code: string, where: object = {}, server = origin()): Promise<Told> {
  const page = await openKitPage(context(), site(), server);
  const reports: string[] = [];
  page.on('request', (request) => {
    const body = request.postData();
    if (request.url().endsWith('/links') && body !== null) reports.push(body);
  });
  await enter(page, { where, code });
  return { page, reports };
}

/** So many players, each of whom has a link to each other one. */
async function friends(count: number, ...how: Parameters<typeof come>): Promise<Told[]> {
  const all: Told[] = [];
  for (let n = 0; n < count; n += 1) all.push(await come(...how));
  await Promise.all(all.map(({ page }) => untilLinked(page, count - 1)));
  return all;
}

/** How many links were made, and how many were not, by the metrics of the server. */
async function counted(): Promise<{ made: number; failed: number }> {
  const text = await (await fetch(`${origin()}/metrics`)).text();
  const sum = { made: 0, failed: 0 };
  for (const [, route, count] of text.matchAll(
    /^peerjs_links_total\{.*route="(\w+)".*\} (\d+)/gm,
  )) {
    sum[route === 'failed' ? 'failed' : 'made'] += Number(count);
  }
  return sum;
}

describe('how links ended', () => {
  it('is in the metrics: those that were made, and those that were not, unless the game does not want it', async () => {
    // The server counts on, also where this is tried again.
    const { made, failed } = await counted();
    const [ann, bob] = await friends(2, 'open');
    await friends(2, 'private', { report: false });
    const walled = await come('walled');
    await wallOff(walled.page);
    const other = await come('walled');
    for (const { page } of [walled, other]) {
      await untilTrue(page, () => [...window.room.peers.values()][0]?.via === 'lost');
    }
    await other.page.close();
    await expect.poll(counted).toEqual({ made: made + 2, failed: failed + 2 });
    expect([ann?.reports.length, bob?.reports.length, walled.reports.length]).toEqual([1, 1, 1]);
    const [report = ''] = walled.reports;
    expect(JSON.parse(report)).toMatchObject({ links: [{ connected: false, reason: 'no-path' }] });
  });

  it('is told once to a server that does not want it, and the game goes on', async () => {
    const [ann, bob] = await friends(2, 'off', {}, uninterested());
    await expect.poll(() => ann?.reports.length).toBe(1);
    const cid = await come('off', {}, uninterested());
    await Promise.all([ann, bob].map(async (it) => it && untilLinked(it.page, 2)));
    // By then the others would tell of their links to this one.
    await expect.poll(() => cid.reports.length).toBe(1);
    await ann?.page.evaluate(() => window.room.leave());
    await ann?.page.evaluate((url) => fetch(url), `${uninterested()}/health`);
    expect(ann?.reports).toHaveLength(1);
  });
});
