/**
 * `npm run pictures`: makes the pictures of the documents that nobody draws: demo-light.png and demo-dark.png
 * of docs/images, which show four players in the demo at the same moment, and of each drawing
 * `…-light.svg` the one for dark pages.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { bundleWorker } from '../../selfhost/workerd/bundleWorker.ts';
import { startServer } from '../../selfhost/workerd/startServer.ts';
import { launchBrowser } from '../../tests/support/browser/browser.ts';
import { darkened } from './darkened.ts';

interface Player {
  readonly name: string;
  /** The place in the picture, as shares of the field. */
  readonly at: Place;
  /** The lights that this player catches first. */
  readonly points: number;
}

type Place = readonly [number, number];

const PLAYERS: readonly Player[] = [
  { name: 'Ann', at: [0.2, 0.26], points: 2 },
  { name: 'Bob', at: [0.74, 0.2], points: 5 },
  { name: 'Cid', at: [0.9, 0.64], points: 2 },
  { name: 'Dana', at: [0.46, 0.84], points: 4 },
];
/** The window in the picture is that of a guest: a host has buttons beside the others. */
const SHOWN = 1;
const WINDOW = { width: 920, height: 620 };
const MARGIN = 20;
const IMAGES = join(PROJECT_ROOT, 'docs', 'images');

for (const drawing of globSync(join(IMAGES, '*-light.svg'))) {
  writeFileSync(
    drawing.replace('-light.svg', '-dark.svg'),
    darkened(readFileSync(drawing, 'utf8')),
  );
}

await bundleWorker();
const server = await startServer({ host: '127.0.0.1', port: 0, environment: {}, output: 'ignore' });
const browser = await launchBrowser();
try {
  const pages = await openAll(browser, `http://127.0.0.1:${server.port}/demo`);
  await play(pages);
  const page = pages[SHOWN];
  if (page) await take(page);
} finally {
  await Promise.all([browser.close(), server.stop()]);
}

/** Opens the demo for each player, in one room. */
async function openAll(browser: Browser, address: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (const { name } of PLAYERS) {
    const context = await browser.newContext({
      viewport: WINDOW,
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
      // With these the browser offers WebRTC its real addresses.
      permissions: ['camera', 'microphone'],
    });
    const page = await context.newPage();
    await page.goto((await pages[0]?.getAttribute('#link', 'href')) ?? address);
    await page.waitForSelector('.cursor', { state: 'attached' });
    await page.fill('#name', name);
    await page.press('#name', 'Enter');
    await page.locator('#name').blur();
    pages.push(page);
  }
  return pages;
}

/** Waits until all know each other by name, and each link with its time. */
async function untilConnected(page: Page): Promise<void> {
  const names = PLAYERS.map(({ name }) => name);
  await page.waitForFunction((names) => {
    const texts = (selector: string) =>
      [...document.querySelectorAll(selector)].map((it) => it.textContent ?? '');
    const links = texts('.edge text').filter((label) => label.endsWith(' ms'));
    const players = texts('#players .name');
    return (
      names.every((name) => players.includes(name)) &&
      links.length === (names.length * (names.length - 1)) / 2
    );
  }, names);
}

/** Has each player catch lights, and then go to a place of its own. */
async function play(pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map(untilConnected));
  for (const [index, page] of pages.entries()) {
    for (let points = PLAYERS[index]?.points ?? 0; points > 0; points -= 1) await catchLight(page);
  }
  // The host says where the light is, by chance: the last one is to cover nothing in the picture.
  await pages[0]?.evaluate(() => {
    const chances = [0.56, 0.28];
    Math.random = () => chances.shift() ?? 0.5;
  });
  if (pages[0]) await catchLight(pages[0]);
  for (const [index, page] of pages.entries()) await moveTo(page, PLAYERS[index]?.at ?? [0.5, 0.5]);
}

async function catchLight(page: Page): Promise<void> {
  const before = await lightOf(page);
  await moveTo(page, before);
  await page.waitForFunction(([x]) => {
    const now = document.querySelector('.light')?.getAttribute('cx');
    const { width = 1 } = document.querySelector('#field')?.getBoundingClientRect() ?? {};
    return Math.abs(Number(now) / width - x) > 0.001;
  }, before);
}

/** Where the light is, as shares of the field. */
function lightOf(page: Page): Promise<Place> {
  return page.evaluate(() => {
    const light = document.querySelector('.light');
    const { width = 1, height = 1 } =
      document.querySelector('#field')?.getBoundingClientRect() ?? {};
    return [
      Number(light?.getAttribute('cx')) / width,
      Number(light?.getAttribute('cy')) / height,
    ] as const;
  });
}

async function moveTo(page: Page, [x, y]: Place): Promise<void> {
  const field = await page.locator('#field').boundingBox();
  if (field) await page.mouse.move(field.x + x * field.width, field.y + y * field.height);
}

/** Takes the room as the page shows it, in both schemes. */
async function take(page: Page): Promise<void> {
  // Right after the start of four pages a machine is too busy for the times that it has otherwise.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.edge text')].every((it) =>
      /\D\d ms$/.test(it.textContent ?? ''),
    ),
  );
  // The link is to this machine.
  await page.locator('.invite').evaluate((it) => {
    if (it instanceof HTMLElement) it.style.visibility = 'hidden';
  });
  const [title, field, list] = await Promise.all(
    ['.intro', '.stage', '#players'].map((selector) => page.locator(selector).boundingBox()),
  );
  if (!title || !field || !list) throw new Error('The page shows no room.');
  const clip = {
    x: field.x - MARGIN,
    y: title.y - MARGIN,
    width: list.x + list.width - field.x + 2 * MARGIN,
    height: field.y + field.height - title.y + 2 * MARGIN,
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const path = join(IMAGES, `demo-${colorScheme}.png`);
    await page.screenshot({ path, clip, fullPage: true });
    console.log(path);
  }
}
