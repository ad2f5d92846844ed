import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GameSite } from '../support/browser/gamePage.ts';
import {
  enter,
  openConnections,
  openKitPage,
  startKitSite,
  untilLinked,
  viewOf,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

// Rooms that nobody makes, and whoever knows their name may come in.

const origin = useServer();
const context = useContext();

let site: GameSite;
beforeAll(async () => {
  site = await startKitSite();
});
afterAll(() => site?.close());

let rooms = 0;
function newRoom(): string {
  rooms += 1;
  return `table-${rooms}`;
}

function openPage(): Promise<Page> {
  return openKitPage(context(), site, origin());
}

it('four players who come at the same moment have one link for each pair, and agree on names and host', async () => {
  const code = newRoom();
  const pages = await Promise.all([openPage(), openPage(), openPage(), openPage()]);
  await Promise.all(
    pages.map((page, index) => enter(page, { where: {}, code, profile: { name: `P${index}` } })),
  );
  await Promise.all(pages.map((page) => untilLinked(page, 3)));
  const views = await Promise.all(pages.map(viewOf));
  for (const { names, hostId } of views) {
    expect(names).toEqual(views[0]?.names);
    expect(hostId).toBe(views[0]?.hostId);
  }
  expect(views.filter(({ isHost }) => isHost)).toHaveLength(1);
  for (const page of pages) expect(await openConnections(page)).toBe(3);
});
