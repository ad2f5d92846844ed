import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { noCounters } from '../../src/metrics/Counters.ts';
import type { Summary } from '../../src/metrics/formats.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { startTestServer, useServer } from '../support/servers.ts';
import { summaryOf } from '../support/summaryOf.ts';
import { TestPeer } from '../support/testPeer.ts';

const REFRESH_MS = 5000;

const origin = useServer();
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  // uPlot formats numbers as the browser's language has it, and a bare machine has none that is valid.
  context = await browser.newContext({ locale: 'en-GB' });
  page = await context.newPage();
  await page.clock.install();
});
afterEach(() => context.close());

/** Opens the dashboard on a server that answers `/metrics` as the test says. */
async function open(answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route('**/metrics', answer);
  await page.goto(`${origin()}/dashboard`);
}

/** The metrics of a server with one room, at the time of the page. */
async function metrics(peers: string[], joins = peers.length): Promise<Summary> {
  const { relayed, refusals } = noCounters();
  const at = await page.evaluate(() => Date.now());
  return summaryOf(
    {
      connections: joins,
      offers: 10,
      relayed: { ...relayed, ANSWER: 8 },
      refusals: { ...refusals, 'room-full': 3 },
    },
    [
      { name: '/my-app', kind: 'realm', peers: [], peerCount: 0 },
      { name: '/room/table-7', kind: 'room', peers, peerCount: peers.length },
    ],
    { since: at - 3_600_000, at, messagesPerSecond: 2.5 },
  );
}

async function untilText(selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (expected) => document.querySelector(expected.selector)?.textContent?.includes(expected.text),
    { selector, text },
  );
}

/** The number that stands above each plot, by its title. */
async function values(): Promise<Record<string, string>> {
  const figures = await page.locator('figure').all();
  const entries = figures.map(async (figure) => [
    await figure.locator('h2').textContent(),
    await figure.locator('.value').textContent(),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

it('shows what happens, and every few seconds what happened since', async () => {
  let peers = ['alice', 'bob'];
  await open(async (route) => route.fulfill({ json: await metrics(peers) }));
  await untilText('#rooms', '/room/table-7');
  expect(await page.locator('#rooms tr').first().textContent()).toBe('/room/table-72alice, bob');
  expect(await page.locator('#totals').textContent()).toContain('Handshakes answered8 (80%)');
  expect(await page.locator('#totals').textContent()).toContain('room-full3');
  expect(await page.locator('#totals').textContent()).not.toContain('invalid-key');

  peers = ['alice', 'bob', 'carol'];
  await page.clock.fastForward(REFRESH_MS);
  await untilText('#rooms', 'carol');
  expect(await values()).toMatchObject({
    Rooms: '1',
    Peers: '3',
    'Messages a second': '2.5',
    'Refusals a minute': '0',
    'Wakes a minute': '0',
  });
  // One more in a little over five seconds.
  expect(Number((await values())['Joins a minute'])).toBeGreaterThan(3);
  expect(await page.locator('.plot canvas').count()).toBe(6);
});

it('asks for the admin token, again when it is wrong, and keeps it over a reload', async () => {
  await open(async (route) => {
    const isAdmin = route.request().headers().authorization === 'Bearer correct';
    await route.fulfill(isAdmin ? { json: await metrics(['alice']) } : { status: 401 });
  });
  await page.locator('#token-input').fill('guess');
  await page.keyboard.press('Enter');
  await untilText('#login-note', 'The server does not accept this token');
  expect(await page.locator('#numbers').isHidden()).toBe(true);

  await page.locator('#token-input').fill('correct');
  await page.keyboard.press('Enter');
  await untilText('#rooms', 'alice');
  await page.reload();
  await untilText('#rooms', 'alice');

  await page.locator('#forget').click();
  await untilText('#status', 'An admin token is needed');
});

it('says since when the server does not answer, and goes on when it is back', async () => {
  let isAway = false;
  let peers = ['alice'];
  await open(async (route) =>
    isAway ? route.abort('connectionrefused') : route.fulfill({ json: await metrics(peers) }),
  );
  await untilText('#rooms', 'alice');

  isAway = true;
  await page.clock.fastForward(REFRESH_MS);
  await untilText('#status', 'The server has not answered since');

  isAway = false;
  peers = ['bob'];
  await page.clock.fastForward(REFRESH_MS);
  await untilText('#rooms', 'bob');
  expect(await page.locator('#status').textContent()).toMatch(/^Up for 60 minutes/);
});

it('says so where the server shows its metrics to nobody, and why', async () => {
  const silent = await startTestServer({ environment: { METRICS: 'off' } });
  try {
    await page.goto(`http://127.0.0.1:${silent.port}/dashboard`);
    await untilText('#status', 'This server shows its metrics to nobody. Nothing is counted');
  } finally {
    await silent.stop();
  }
});

it('shows what a real server counts, to whoever has its admin token', async () => {
  const guarded = await startTestServer({ environment: { ADMIN_TOKEN: 'token-of-the-operator' } });
  try {
    const origin = `http://127.0.0.1:${guarded.port}`;
    const alice = await TestPeer.open(origin, { path: '/room/table-7', id: 'alice' });
    await page.goto(`${origin}/dashboard`);
    await page.locator('#token-input').fill('guess');
    await page.keyboard.press('Enter');
    await untilText('#login-note', 'The server does not accept this token');

    await page.locator('#token-input').fill('token-of-the-operator');
    await page.keyboard.press('Enter');
    await page.locator('#numbers:not([hidden])').waitFor();
    // A coordinator reports within two seconds, so this is in the second answer at the latest.
    await untilText('#rooms', 'alice');
    expect(await page.locator('#rooms').textContent()).toBe('/room/table-71alice');
    expect(await values()).toMatchObject({ Rooms: '1', Peers: '1' });
    expect(await page.locator('#totals').textContent()).toContain('Joins1');
    await alice.close();
  } finally {
    await guarded.stop();
  }
});
