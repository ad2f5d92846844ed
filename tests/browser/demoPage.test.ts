import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { accessibilityFaults } from '../support/browser/accessibility.ts';
import { allowMedia, SELDOM, untilTrue } from '../support/browser/browser.ts';
import { spoil, takeTab } from '../support/browser/idleTabs.ts';
import { useContext } from '../support/browser/tabs.ts';
import { onOneRuntime, startTestServer, useServer } from '../support/servers.ts';

const origin = useServer();
/** The list of the examples does nothing. */
const context = useContext(() => `${origin()}/examples`);

function start(environment: Readonly<Record<string, string>> = {}, port = 0) {
  return startTestServer({ port, environment });
}

/** Opens a link in a tab. By default that to a new room. */
async function visit(url = `${origin()}/demo`, tab?: Page): Promise<Page> {
  await allowMedia(context(), url);
  const page = tab ?? (await takeTab(context()));
  await page.goto(url);
  return page;
}

/** Friends in one room, who have all found each other. */
async function friends(count: number, first?: string): Promise<Page[]> {
  const pages = [await visit(first)];
  while (pages.length < count) pages.push(await visit(await linkOf(pages[0])));
  await Promise.all(pages.map((page) => untilPlayers(page, count)));
  return pages;
}

async function linkOf(page: Page | undefined): Promise<string | undefined> {
  if (page === undefined) return undefined;
  await untilStatus(page, 'You are');
  return (await page.locator('#link').getAttribute('href')) ?? undefined;
}

/** Waits until a page shows so many cursors, its own included, each connected to each. */
async function untilPlayers(page: Page, count: number): Promise<void> {
  await untilTrue(
    page,
    (expected) => {
      const labels = [...document.querySelectorAll('.edge text')].map((it) => it.textContent ?? '');
      return (
        document.querySelectorAll('.cursor').length === expected &&
        labels.length === (expected * (expected - 1)) / 2 &&
        labels.every((label) => /\d ms$/.test(label))
      );
    },
    count,
  );
}

/** What a page says of each connection. */
function edgeLabels(page: Page): Promise<string[]> {
  return page.locator('.edge text').allTextContents();
}

async function untilStatus(page: Page, beginning: string): Promise<void> {
  await untilTrue(
    page,
    (it) => document.querySelector('#status')?.textContent?.startsWith(it),
    beginning,
  );
}

async function status(page: Page): Promise<string> {
  return (await page.locator('#status').textContent()) ?? '';
}

/** Waits until one page shows another's cursor at a place, given as shares of the field. */
async function untilCursor(page: Page, colour: number, x: number, y: number): Promise<void> {
  await untilTrue(
    page,
    (expected) => {
      const field = document.querySelector('#field')?.getBoundingClientRect();
      const dot = document
        .querySelector(`.cursor[data-colour="${expected.colour}"] circle`)
        ?.getBoundingClientRect();
      if (field === undefined || dot === undefined) return false;
      const atX = (dot.x + dot.width / 2 - field.x) / field.width;
      const atY = (dot.y + dot.height / 2 - field.y) / field.height;
      return Math.abs(atX - expected.x) < 0.02 && Math.abs(atY - expected.y) < 0.02;
    },
    { colour, x, y },
  );
}

async function pointAt(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('#field').boundingBox();
  if (box === null) throw new Error('there is no field');
  return { x: box.x + x * box.width, y: box.y + y * box.height };
}

/** Moves the cursor of a page to the light. */
async function catchLight(page: Page): Promise<void> {
  const light = page.locator('.light');
  await light.waitFor();
  const at = await light.boundingBox();
  if (at === null) throw new Error('there is no light');
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
}

/** The points of all players, as a page shows them. */
function pointsIn(page: Page): Promise<string> {
  return page
    .locator('#players li:not(.muted)')
    .evaluateAll((items) => items.map((item) => item.querySelector('.points')?.textContent).join());
}

it('works below the path that the server was started with', async () => {
  const options = { host: '127.0.0.1', port: 0, environment: {}, output: 'ignore' } as const;
  const mounted = await startTestServer({ ...options, path: '/myapp' });
  try {
    const folder = `http://127.0.0.1:${mounted.port}/myapp`;
    const page = await visit(folder);
    await page.getByRole('link', { name: 'Demo' }).click();
    const link = await linkOf(page);
    expect(page.url().startsWith(`${folder}/demo`)).toBe(true);
    expect(link?.startsWith(`${folder}/demo?room=`)).toBe(true);
    await Promise.all([untilPlayers(page, 2), untilPlayers(await visit(link), 2)]);
  } finally {
    await mounted.stop();
  }
});

onOneRuntime(
  'shows each friend the cursor of the other, moved by pointer, touch and arrow keys',
  async () => {
    const mouse = await visit();
    const phone = await context()
      .browser()
      ?.newContext({
        hasTouch: true,
        permissions: ['camera', 'microphone'],
        viewport: { width: 360, height: 780 },
      });
    onTestFinished(() => phone?.close());
    const touch = await visit(await linkOf(mouse), await phone?.newPage());
    await Promise.all([untilPlayers(mouse, 2), untilPlayers(touch, 2)]);
    expect(await status(mouse)).toBe('You are Blue. 2 of 4 players are here.');
    expect(await status(touch)).toBe('You are Orange. 2 of 4 players are here.');

    const target = await pointAt(mouse, 0.4, 0.5);
    await mouse.mouse.move(target.x, target.y);
    await untilCursor(touch, 0, 0.4, 0.5);

    const tapped = await pointAt(touch, 0.6, 0.3);
    await touch.touchscreen.tap(tapped.x, tapped.y);
    await untilCursor(mouse, 1, 0.6, 0.3);

    await touch.locator('#field').focus();
    for (let press = 0; press < 4; press += 1) await touch.keyboard.press('ArrowDown');
    await untilCursor(mouse, 1, 0.6, 0.4);
  },
);

it('draws the mesh of four, and offers the fifth a new room', async () => {
  const four = await friends(4);
  const link = await linkOf(four[0]);
  const direct = expect.stringMatching(/^direct <?\d+ ms$/);
  for (const page of four) {
    await expect.poll(() => edgeLabels(page)).toEqual(new Array(6).fill(direct));
  }

  const fifth = await visit(link);
  await fifth.locator('#notice:not([hidden])').waitFor();
  expect(await fifth.locator('#notice-title').textContent()).toBe('This room is full');
  for (const page of four) await untilPlayers(page, 4);

  await fifth.locator('#new-room').click();
  await untilStatus(fifth, 'You are Blue. 1 of 4');
  expect(await linkOf(fifth)).not.toBe(link);
});

it('shows at once that a friend closed the tab', async () => {
  const [first, second] = await friends(2);
  await second?.close();
  await first?.waitForFunction(
    () => document.querySelectorAll('.cursor').length === 1,
    undefined,
    SELDOM,
  );
  expect(await first?.locator('#log').textContent()).toMatch(/Orange left$/);
});

it('keeps the seat of a friend who reloads the page, even in a full room', async () => {
  const four = await friends(4);
  const [, second] = four;
  await second?.reload();
  await Promise.all(four.map((page) => untilPlayers(page, 4)));
  expect(second === undefined ? '' : await status(second)).toMatch(/^You are Orange/);
});

it('gives a copy of a tab a seat of its own', async () => {
  const original = await visit();
  await untilStatus(original, 'You are Blue');
  // A browser that duplicates a tab copies what it has stored.
  const stored = await original.evaluate(() => ({ ...sessionStorage }));
  const copy = await takeTab(context());
  spoil(copy);
  await copy.addInitScript(
    (entries) => {
      for (const [name, value] of Object.entries(entries)) sessionStorage.setItem(name, value);
    },
    stored as Record<string, string>,
  );
  await visit(original.url(), copy);
  await untilStatus(copy, 'You are Orange');
  await Promise.all([untilPlayers(original, 2), untilPlayers(copy, 2)]);
});

it('keeps the friends together while the server is away, and rejoins by itself', async () => {
  let server = await start();
  onTestFinished(() => server.stop());
  const [first, second] = await friends(2, `http://127.0.0.1:${server.port}/demo`);
  if (first === undefined || second === undefined) throw new Error('unreachable');
  await server.stop();
  await Promise.all(
    [first, second].map((page) => untilStatus(page, 'The server cannot be reached')),
  );

  const pointAndSee = async (x: number, y: number) => {
    const target = await pointAt(first, x, y);
    await first.mouse.move(target.x, target.y);
    await untilCursor(second, 0, x, y);
  };
  await pointAndSee(0.4, 0.4);

  server = await start({}, server.port);
  await Promise.all([first, second].map((page) => untilStatus(page, 'You are')));
  await Promise.all([first, second].map((page) => untilPlayers(page, 2)));
  await pointAndSee(0.6, 0.6);
  // A server without storage has forgotten that somebody made the room. The game goes on all the same.
  const allPoints = async (page: Page) =>
    (await pointsIn(page)).split(',').reduce((sum, points) => sum + Number(points), 0);
  const before = await allPoints(second);
  await catchLight(second);
  for (const page of [first, second]) {
    await expect.poll(() => allPoints(page)).toBeGreaterThan(before);
  }
});

it('works where the server lists nobody', async () => {
  const silent = await start({ ALLOW_DISCOVERY: 'none' });
  try {
    const first = await visit(`http://127.0.0.1:${silent.port}/demo`);
    const second = await visit(await linkOf(first));
    await Promise.all([untilPlayers(first, 2), untilPlayers(second, 2)]);
  } finally {
    await silent.stop();
  }
});

onOneRuntime(
  'invites in the middle of the field while one is alone, and aside afterwards',
  async () => {
    const first = await visit();
    await first.locator('.stage .invite #qr path').waitFor({ state: 'attached' });
    const code = new URL(first.url()).searchParams.get('room');
    expect(await first.locator('h1').textContent()).toBe(`Room ${code}`);
    // Also in a window that is less high than the invitation.
    await first.setViewportSize({ width: 640, height: 300 });
    const [title, stage] = await Promise.all(
      ['.invite h2', '.stage'].map((it) => first.locator(it).boundingBox()),
    );
    expect(title?.y).toBeGreaterThan(stage?.y ?? Number.POSITIVE_INFINITY);
    const second = await visit(await linkOf(first));
    await Promise.all([first, second].map((page) => page.locator('aside .invite').waitFor()));
  },
);

it('names players, crowns the host, and lets the host remove one', async () => {
  const [first, second] = await friends(2);
  if (first === undefined || second === undefined) throw new Error('unreachable');
  await second.getByLabel('Your name').fill('Ann');
  await second.getByLabel('Your name').blur();
  await first.locator('#players', { hasText: 'Ann' }).waitFor();
  await second.getByLabel('Your name').fill('Ann\u202e');
  await second.getByLabel('Your name').blur();
  await second.locator('#name:invalid').waitFor();
  for (const page of [first, second]) {
    expect(await page.locator('#players li:has(.crown:not([hidden]))').textContent()).toMatch(
      /^Blue/,
    );
    const crowned = page.locator('.cursor:has(.crown:visible)');
    expect(await crowned.evaluateAll((all) => all.map((it) => it.dataset.colour))).toEqual(['0']);
  }
  expect(await second.getByRole('button', { name: 'Kick' }).count()).toBe(0);
  await first.getByRole('button', { name: 'Kick' }).click();
  await second.locator('#notice:not([hidden])').waitFor();
  expect(await second.locator('#notice-title').textContent()).toBe('You were removed');
  // To come again into this room would lead to the same notice.
  const ways = await second.locator('#notice').getByRole('button').allTextContents();
  expect(ways).toEqual(['Open a new room']);
  await untilPlayers(first, 1);
});

it('gives a point to who reaches the light first, and keeps the points when the host leaves', async () => {
  const [first, second] = await friends(2);
  if (first === undefined || second === undefined) throw new Error('unreachable');
  await catchLight(second);
  for (const page of [first, second]) await expect.poll(() => pointsIn(page)).toBe('0,1');
  await first.close();
  await expect.poll(() => pointsIn(second)).toBe('1');
});

it('brings the access key along in the link, and asks a player who comes without it', async () => {
  const guarded = await start({ PEERJS_KEY: 'only-for-friends' });
  try {
    const first = await visit(`http://127.0.0.1:${guarded.port}/demo`);
    await first.getByLabel('This server has an access key').fill('only-for-friends');
    await first.keyboard.press('Enter');
    const link = await linkOf(first);
    expect(link).toMatch(/#key=only-for-friends$/);

    const second = await visit(link);
    await Promise.all([untilPlayers(first, 2), untilPlayers(second, 2)]);
  } finally {
    await guarded.stop();
  }
});

onOneRuntime('fits a phone with the longest name, and axe finds no fault in it', async () => {
  const [first, second] = await friends(2);
  if (first === undefined || second === undefined) throw new Error('unreachable');
  await second.getByLabel('Your name').fill('A name of as many letters as one may use');
  await second.getByLabel('Your name').blur();
  await first.locator('#players', { hasText: 'A name of' }).waitFor();
  const alone = await visit();
  await untilStatus(alone, 'You are');
  const astray = await visit(`${origin()}/demo?room=nonono`);
  await astray.locator('#notice:not([hidden])').waitFor();
  for (const page of [first, alone, astray]) {
    await page.setViewportSize({ width: 360, height: 780 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: null });
  }
});
