import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { allowMedia, newPage } from '../support/browser/browser.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

const origin = useServer();
const context = useContext();

/** Opens an example, or the address that somebody in it has sent. */
async function open(address: string): Promise<Page> {
  await allowMedia(context(), origin());
  const page = await newPage(context());
  page.on('pageerror', (error) => expect.fail(String(error)));
  await page.goto(address.startsWith('/') ? origin() + address : address);
  return page;
}

function untilStatus(page: Page, text: string): Promise<void> {
  return page.locator('#status', { hasText: text }).waitFor();
}

it.each(readdirSync(join(PROJECT_ROOT, 'examples')))('%s has at most 120 lines', (file) => {
  const text = readFileSync(join(PROJECT_ROOT, 'examples', file), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

it.each(readdirSync(join(PROJECT_ROOT, 'examples')))('%s fits a phone', async (file) => {
  const page = await open(`/examples/${file.replace('.html', '')}`);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

it('noughts and crosses: two play to the end, with a reload, and again', async () => {
  const ann = await open('/examples/noughts');
  await ann.getByLabel('Your name').fill('Ann');
  await ann.getByRole('button', { name: 'New game' }).click();
  await untilStatus(ann, 'Tell a friend the code');
  const code = (await ann.locator('#code').textContent()) ?? '';

  const bob = await open('/examples/noughts');
  await bob.getByLabel('Your name').fill('Bob');
  await bob.getByLabel('Code').fill(code.toUpperCase());
  await bob.getByRole('button', { name: 'Join' }).click();
  await untilStatus(bob, 'Ann’s turn.');

  const mark = async (page: Page, cell: number) => {
    await page.getByRole('button', { name: `Cell ${cell}` }).click();
  };
  await mark(ann, 1);
  await mark(bob, 5);
  await mark(ann, 2);
  await bob.reload();
  await untilStatus(bob, 'Your turn: you are O.');
  await mark(bob, 9);
  await mark(ann, 3);
  await untilStatus(ann, 'You have won!');
  await untilStatus(bob, 'Ann has won.');

  await bob.getByRole('button', { name: 'Play again' }).click();
  await untilStatus(bob, 'Your turn: you are X.');
  await ann.close();
  await untilStatus(bob, 'Tell a friend the code');
});

it('noughts and crosses: a wrong code is told', async () => {
  const page = await open('/examples/noughts');
  await page.getByLabel('Your name').fill('Ann');
  await page.getByLabel('Code').fill('nonono');
  await page.getByRole('button', { name: 'Join' }).click();
  await untilStatus(page, 'There is no room with this code');
});

it('arena: four steer, one fetches coins, and its points are kept when the host leaves', async () => {
  const host = await open('/examples/arena');
  const others: Page[] = [];
  await untilStatus(host, 'Alone here');
  for (let n = 0; n < 3; n += 1) others.push(await open(host.url()));
  const [guest = expect.fail()] = others;
  const players = async (page: Page) =>
    ((await page.locator('#points').textContent()) ?? '').split(' · ');
  for (const page of [host, ...others]) {
    await expect.poll(async () => (await players(page)).length).toBe(4);
  }
  const points = async (page: Page) =>
    (await players(page)).map((text) => Number(/\d+$/.exec(text)?.[0]));
  const box = (await guest.locator('#field').boundingBox()) ?? expect.fail();
  // The first coin is where every arena has it.
  await guest.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.3);
  const sum = async (page: Page) => (await points(page)).reduce((one, other) => one + other);
  await expect.poll(() => sum(guest)).toBeGreaterThan(0);
  const mine = async () =>
    Number(/\(you\) (\d+)/.exec((await guest.locator('#points').textContent()) ?? '')?.[1]);
  const before = await mine();

  await host.close();
  await expect.poll(async () => (await players(guest)).length).toBe(3);
  expect(await mine()).toBeGreaterThanOrEqual(before);
  // The game goes on: who rests is seen to rest, and who moves to move.
  const picture = async () => (await others[1]?.screenshot({ clip: box }))?.toString('base64');
  let still = await picture();
  await expect
    .poll(async () => {
      const before = still;
      still = await picture();
      return before === still;
    })
    .toBe(true);
  await guest.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.9);
  await expect.poll(picture).not.toBe(still);
});

it('quiz: one asks, two answer, one reloads, and whoever is next asks on when the first leaves', async () => {
  const ann = await open('/examples/quiz');
  await ann.getByLabel('Your name').fill('Ann');
  await ann.getByRole('button', { name: 'Ask the questions' }).click();
  await untilStatus(ann, 'You ask: 0 of 0');
  const code = (await ann.locator('#code').textContent()) ?? '';
  const guests: Page[] = [];
  for (const name of ['Bob', 'Cid']) {
    const page = await open('/examples/quiz');
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Answer them' }).click();
    await untilStatus(page, 'Ann asks.');
    guests.push(page);
  }
  const [bob = expect.fail(), cid = expect.fail()] = guests;

  await ann.getByRole('button', { name: 'Next question' }).click();
  await bob.getByRole('button', { name: 'Jupiter' }).click();
  await cid.getByRole('button', { name: 'Mars' }).click();
  await untilStatus(ann, 'You ask: 2 of 2');
  await ann.getByRole('button', { name: 'Show the answer' }).click();
  const ranks = (page: Page) => page.locator('#points li').allTextContents();
  for (const page of [ann, bob, cid]) {
    await expect.poll(() => ranks(page)).toEqual(['Bob: 1', 'Cid: 0']);
  }
  await cid.reload();
  await expect.poll(() => ranks(cid)).toEqual(['Bob: 1', 'Cid: 0']);

  await ann.close();
  await untilStatus(bob, 'You ask: 0 of 1');
  await bob.getByRole('button', { name: 'Next question' }).click();
  await cid.getByRole('button', { name: 'Eight' }).click();
  await untilStatus(bob, 'You ask: 1 of 1');
  await bob.getByRole('button', { name: 'Show the answer' }).click();
  await expect.poll(() => ranks(cid)).toEqual(['Cid: 1']);
});

it('stock: three chat with plain PeerJS, one reloads, and the first leaves', async () => {
  const pages = [await open('/examples/stock')];
  const [first = expect.fail()] = pages;
  await untilStatus(first, 'Alone here');
  for (let n = 0; n < 2; n += 1) pages.push(await open(first.url()));
  for (const page of pages) await untilStatus(page, '3 of 4 are here.');
  const tell = async (page: Page, text: string) => {
    await page.getByLabel('Say something').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const [, second = expect.fail(), third = expect.fail()] = pages;
  await tell(second, 'Hello');
  for (const page of pages) await page.locator('#lines', { hasText: 'Hello' }).waitFor();

  await third.reload();
  for (const page of pages) await untilStatus(page, '3 of 4 are here.');
  await first.close();
  for (const page of [second, third]) await untilStatus(page, '2 of 4 are here.');
  await tell(third, 'Still here');
  await second.locator('#lines', { hasText: 'Still here' }).waitFor();
});

it('video: three see each other, also when one leaves', async () => {
  const first = await open('/examples/video');
  await untilStatus(first, 'Alone here');
  const others = [await open(first.url()), await open(first.url())];
  const playing = (page: Page, count: number) =>
    page.waitForFunction((expected) => {
      const videos = [...document.querySelectorAll('video')];
      return videos.length === expected && videos.every(({ videoWidth }) => videoWidth > 0);
    }, count);
  await Promise.all([first, ...others].map((page) => playing(page, 3)));
  await first.close();
  await Promise.all(others.map((page) => playing(page, 2)));
});

it('an example that is none is not found', async () => {
  expect((await fetch(`${origin()}/examples/chess`)).status).toBe(404);
});
