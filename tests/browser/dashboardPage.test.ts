import { readFile } from 'node:fs/promises';
import type { Page, Route } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { noCounters } from '../../src/metrics/Counters.ts';
import type { Summary } from '../../src/metrics/formats.ts';
import { noLinks } from '../../src/metrics/LinkCounters.ts';
import { accessibilityFaults } from '../support/browser/accessibility.ts';
import { SELDOM } from '../support/browser/browser.ts';
import { spoil, takeTab } from '../support/browser/idleTabs.ts';
import { useContext } from '../support/browser/tabs.ts';
import { onOneRuntime, startTestServer, useServer } from '../support/servers.ts';
import { summaryOf } from '../support/summaryOf.ts';
import { TestPeer } from '../support/testPeer.ts';

const REFRESH_MS = 5000;

let page: Page;

const origin = useServer();
const context = useContext(
  // The list of the examples does nothing.
  () => `${origin()}/examples`,
  (it) => it.clock.install(),
);
beforeEach(async () => {
  page = await takeTab(context());
});

/** Has a script run in the page before its own, in this test alone. */
async function runBefore(script: (value: string) => void, value = ''): Promise<void> {
  spoil(page);
  await page.addInitScript(script, value);
}

/** Opens the dashboard on a server that answers `/metrics` as the test says. */
async function open(answer: (route: Route) => Promise<void>): Promise<void> {
  await page.route('**/metrics', answer);
  await page.goto(`${origin()}/dashboard`);
}

/** The metrics of a server with one room, at the time of the page, and what it remembers of so many minutes. */
async function metrics(peers: string[], minutes = 0): Promise<Summary> {
  const { relayed, refusals, seatRefusals, hostChanges } = noCounters();
  const ends = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };
  const at = await page.evaluate(() => Date.now());
  return summaryOf(
    {
      connections: peers.length,
      offers: 10,
      relayed: { ...relayed, ANSWER: 8 },
      refusals: { ...refusals, 'room-full': 3 },
      seatRefusals: { ...seatRefusals, 'wrong-password': 2 },
      hostChanges: { ...hostChanges, silent: 1 },
      links: {
        ...noLinks(),
        from: {
          'DE mobile': { ...ends, srflx: 6, relay: 3, failed: 1 },
          'T1 hosting': { ...ends, failed: 2 },
        },
        failures: { 'no-path': 2, 'no-answer': 1, other: 0 },
        taken: 9000,
      },
    },
    [
      { name: '/my-app', kind: 'realm', peers: [], peerCount: 0 },
      {
        ...{ name: '/room/table-7', kind: 'room', peers, peerCount: peers.length },
        managed: { size: 4, locked: true, host: 'bob' },
      },
    ],
    {
      ...{ since: at - 3_600_000, at, messagesPerSecond: 2.5 },
      history: Array.from({ length: minutes }, (_, minute) => ({
        at: at - (minutes - minute) * 60_000,
        rooms: 1,
        peers: minute % 7,
        connections: 0,
        relayed: minute * 10,
        refusals: 0,
        wakes: minute * 2,
        linksTried: minute,
        linksMade: Math.min(minute, 20),
      })),
    },
  );
}

async function untilText(selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (expected) => document.querySelector(expected.selector)?.textContent?.includes(expected.text),
    { selector, text },
    SELDOM,
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
  expect(await page.locator('#rooms tr').first().textContent()).toBe(
    '/room/table-7 locked2 of 4alice, bob host',
  );
  expect(await page.locator('#totals').textContent()).toContain('Handshakes answered8 (80%)');
  expect(await page.locator('#totals').textContent()).toContain('room-fullThe room is full3');
  expect(await page.locator('#totals').textContent()).toContain('Failures0');
  expect(await page.locator('#totals').textContent()).toContain(
    'wrong-passwordThe password of the room is another one2',
  );
  expect(await page.locator('#totals').textContent()).toContain(
    'silentThe host did not answer, as the others said1',
  );
  expect(await page.locator('#link-rows tr').allTextContents()).toEqual([
    'Everywhere1275%33%',
    'Germany, mobile1090%33%',
    'Tor, hosting20%–',
  ]);
  expect(await page.locator('#links-note').textContent()).toBe(
    'Of those that connect, 67% through routers, 33% through TURN. It takes 1.0 s on average. Failed: 2 no-path (no way between the two networks), 1 no-answer (the other page was gone or silent). Each point of the chart stands for the 15 minutes before it. As players report; the kind of a network is a guess.',
  );
  await untilText('#status', 'Up for 60 minutes. Version ');
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
  expect(await page.locator('.plot canvas').count()).toBe(7);
});

it('asks for the admin token, again when it is wrong, and keeps it over a reload', async () => {
  await open(async (route) => {
    const isAdmin = route.request().headers().authorization === 'Bearer correct';
    await route.fulfill(isAdmin ? { json: await metrics(['alice']) } : { status: 401 });
  });
  // The second cannot be in a header.
  for (const guess of ['guess', 'догадка']) {
    await page.locator('#token-input').fill(guess);
    await page.keyboard.press('Enter');
    await page.locator('#token-input:invalid').waitFor();
    await untilText('#login-note', 'The server does not accept this token');
  }
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
  expect(await page.locator('#numbers.stale').count()).toBe(1);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.title()).toMatch(/^No answer/);

  isAway = false;
  peers = ['bob'];
  await page.clock.fastForward(REFRESH_MS);
  await untilText('#rooms', 'bob');
  expect(await page.locator('#status').textContent()).toMatch(/^Up for 60 minutes/);
  expect(await page.locator('#numbers.stale').count()).toBe(0);
});

/** Moves the pointer over a plot, at a share of its width, and says what stands at the cursor of each. */
async function tipsAt(share: number): Promise<string[]> {
  const plot = page.locator('.u-over').first();
  const { width = 0 } = (await plot.boundingBox()) ?? {};
  await plot.hover({ position: { x: Math.floor((width - 2) * share), y: 20 } });
  await page.locator('.tip:not([hidden])').nth(6).waitFor();
  return page.locator('.tip').allTextContents();
}

onOneRuntime('shows the last hour as the server remembers it, also after a reload', async () => {
  const json = await metrics(['alice'], 31);
  await open((route) => route.fulfill({ json }));
  for (const load of ['first', 'second']) {
    if (load === 'second') await page.reload();
    await untilText('#rooms', 'alice');
    await page.locator('.plot canvas').nth(6).waitFor();
    expect(await page.locator('.plot').nth(1).getAttribute('aria-label')).toBe(
      'Peers in the last hour: at most 6, at least 0',
    );
    await page.locator('.plot').nth(1).focus();
    await page.keyboard.press('Home');
    expect(await page.locator('.tip').nth(1).textContent()).toMatch(/^0 /);
  }
});

onOneRuntime('shows the last quarter of it where that is asked for', async () => {
  const json = await metrics(['alice'], 31);
  await open((route) => route.fulfill({ json }));
  await untilText('#rooms', 'alice');
  const peers = page.locator('.plot').nth(1);
  const firstTime = async () => {
    await peers.focus();
    await page.keyboard.press('Home');
    return (await page.locator('.tip').nth(1).textContent()) ?? '';
  };
  const inAll = await firstTime();
  // Of 31 minutes, those from the 16th or 17th on: the number of peers is the minute's modulo seven.
  await page.getByRole('button', { name: 'Last 15 minutes' }).click();
  expect(await peers.getAttribute('aria-label')).toBe(
    'Peers in the last 15 minutes: at most 6, at least 0',
  );
  expect(await firstTime()).toMatch(/^[23] /);
  expect(await page.locator('.peak').nth(1).textContent()).toBe('at most 6');
  await page.getByRole('button', { name: 'Last hour', pressed: false }).click();
  expect(await firstTime()).toBe(inAll);
});

/** Drags over a plot, from one share of its width to another. */
async function drag(from: number, to: number): Promise<void> {
  const { x, y, width } = (await page.locator('.u-over').nth(1).boundingBox()) ?? fail();
  await page.mouse.move(x + width * from, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width * to, y + 40, { steps: 3 });
  await page.mouse.up();
}

function fail(): never {
  throw new Error('There is no plot');
}

onOneRuntime('zooms all charts to what somebody drags over, until that is ended', async () => {
  const json = await metrics(['alice'], 31);
  await open((route) => route.fulfill({ json }));
  await untilText('#rooms', 'alice');
  const labels = () =>
    page.locator('.plot').evaluateAll((plots) => plots.map(({ ariaLabel }) => ariaLabel ?? ''));
  const inAll = await labels();
  const zoomed = page.locator('#zoomed');
  const untilAll = async () => {
    await zoomed.waitFor({ state: 'hidden' });
    expect(await labels()).toEqual(inAll);
  };
  for (const [from, to] of [
    [0.5, 0.75],
    [0.75, 0.5],
  ] as const) {
    await drag(from, to);
    await zoomed.waitFor();
    const range = await zoomed.textContent();
    expect(range).toMatch(/^\d+:\d\d.* to \d+:\d\d/);
    const [, peers = '', messages = ''] = await labels();
    expect(peers).toBe(`Peers from ${range}: at most 6, at least 0`);
    expect(messages).toContain(`from ${range}: at most 0.2`);
    // What comes later does not move it.
    await page.clock.fastForward(REFRESH_MS);
    expect(await zoomed.textContent()).toBe(range);
    if (from < to) await page.keyboard.press('Escape');
    else await page.locator('.u-over').first().dblclick();
    await untilAll();
  }
  await drag(0.5, 0.75);
  await zoomed.click();
  await untilAll();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Last hour');
  // A click is no drag.
  await page.locator('.u-over').nth(1).click();
  expect(await zoomed.isHidden()).toBe(true);
});

onOneRuntime('zooms by the keyboard to where the cursor is', async () => {
  const json = await metrics(['alice'], 31);
  await open((route) => route.fulfill({ json }));
  await untilText('#rooms', 'alice');
  const peers = page.locator('.plot').nth(1);
  await peers.focus();
  await page.keyboard.press('Home');
  const first = await page.locator('.tip').nth(1).textContent();
  for (const key of ['+', '+']) await page.keyboard.press(key);
  await page.locator('#zoomed').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.locator('.peak').nth(1).textContent()).toBe('at most 6');
  // The point stays under the cursor, and the last one is now of the first quarter.
  await page.keyboard.press('Home');
  expect(await page.locator('.tip').nth(1).textContent()).toBe(first);
  await page.keyboard.press('End');
  expect(await page.locator('.tip').nth(1).textContent()).toMatch(/^[0-6] /);
  for (const key of ['-', '-', '-']) await page.keyboard.press(key);
  expect(await page.locator('#zoomed').isHidden()).toBe(true);
});

onOneRuntime(
  'shows which share of the links was made, and saves what it shows as CSV',
  async () => {
    const json = await metrics(['alice'], 31);
    await open((route) => route.fulfill({ json }));
    await untilText('#rooms', 'alice');
    // Half an hour after the start: 5 of 15.
    expect(await page.locator('#link-chart .plot').getAttribute('aria-label')).toBe(
      'Attempts that connected in the last hour: at most 100%, at least 33%',
    );
    await page.getByRole('button', { name: 'Last 15 minutes' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^peerjs-\d{4}-\d\d-\d\dT\d{4}\.csv$/);
    const [head = '', ...lines] = (await readFile(await download.path(), 'utf8')).split('\r\n');
    expect(head).toMatch(/^time,rooms,peers,.*,share_connected$/);
    // A point a minute, and the present.
    expect(lines.length).toBeGreaterThanOrEqual(15);
    expect(lines.length).toBeLessThanOrEqual(18);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,1,[0-6],/);
  },
);

onOneRuntime('shows at the pointer what all values were then', async () => {
  let peers = ['alice'];
  await open(async (route) => route.fulfill({ json: await metrics(peers) }));
  await untilText('#rooms', 'alice');
  expect((await tipsAt(1))[1]).toMatch(/^1 /);

  peers = ['alice', 'bob'];
  await page.clock.fastForward(REFRESH_MS);
  await untilText('#rooms', 'bob');
  const tips = await tipsAt(1);
  expect(tips).toHaveLength(7);
  expect(tips[1]).toMatch(/^2 .*\d:\d\d:\d\d/);
  const times = tips.map((tip) => tip.replace(/^(not known|[\d.,]+) /, ''));
  expect(new Set(times).size).toBe(1);

  // For the keyboard, the point before.
  await page.mouse.move(0, 0);
  await page.locator('.plot').nth(1).focus();
  await page.keyboard.press('Home');
  expect(await page.locator('.tip').nth(1).textContent()).toMatch(/^1 /);
  // A screen reader says that of the chart with the focus, and nothing of the others.
  expect(await page.locator('figure [role=status]').allTextContents()).toEqual([
    ...['', expect.stringMatching(/^1 /)],
    ...['', '', '', '', ''],
  ]);
});

onOneRuntime('finds a room by its name or a peer’s, and sorts by either column', async () => {
  const names = async () => page.locator('#rooms th bdi').allTextContents();
  await open(async (route) => route.fulfill({ json: await metrics(['alice', 'bob']) }));
  await untilText('#rooms', 'alice');
  expect(await names()).toEqual(['/room/table-7', '/my-app']);

  await page.getByRole('button', { name: 'Place' }).click();
  expect(await names()).toEqual(['/my-app', '/room/table-7']);
  expect(await page.locator('[data-order=place]').getAttribute('aria-sort')).toBe('ascending');

  await page.getByLabel('Search rooms and peers').fill('ALI');
  expect(await names()).toEqual(['/room/table-7']);
  expect(await page.locator('#rooms-note').textContent()).toBe('1 of 2.');
  // What is typed there survives the next answer, and so does the order.
  await page.clock.fastForward(REFRESH_MS);
  await page.waitForFunction(() => document.activeElement?.id === 'search', undefined, SELDOM);
  expect(await names()).toEqual(['/room/table-7']);
});

onOneRuntime('shows twenty rooms, and more to who asks', async () => {
  const rooms = Array.from({ length: 30 }, (_, index) => ({
    name: `/room/${index}`,
    kind: 'room',
    peers: ['ann'],
    peerCount: 1,
  }));
  await open(async (route) => route.fulfill({ json: { ...(await metrics([])), rooms } }));
  await untilText('#rooms-note', '20 of 30 are shown.');
  await page.getByRole('button', { name: 'Show more' }).click();
  expect(await page.locator('#rooms tr').count()).toBe(30);
  await page.getByRole('button', { name: 'Show fewer' }).click();
  expect(await page.locator('#rooms tr').count()).toBe(20);
});

onOneRuntime(
  'shows what is invisible in a name, and lets no name change what stands around it',
  async () => {
    await open(async (route) =>
      route.fulfill({ json: await metrics(['ann\u200bie', 'user\u202egpj']) }),
    );
    await untilText('#rooms', 'ann');
    expect(await page.locator('#rooms .invisible').allTextContents()).toEqual(['U+200B', 'U+202E']);
    expect(await page.locator('#rooms bdi').count()).toBe(4);
  },
);

it('says so where rooms do not answer', async () => {
  await page.route('**/health', (route) =>
    route.fulfill({ status: 503, json: { status: 'degraded', version: '9.9.9' } }),
  );
  await open(async (route) => route.fulfill({ json: await metrics(['alice']) }));
  await untilText('#status', 'Its rooms do not answer. Up for');
});

/** Notes all texts on canvases, which can be read nowhere else. */
async function recordTexts(): Promise<void> {
  await runBefore(() => {
    const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
    const drawn = new Map<HTMLCanvasElement, string[]>();
    Object.assign(window, { drawn });
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      drawn.set(this.canvas, []);
      clearRect.apply(this, area);
    };
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      drawn.get(this.canvas)?.push(text);
      fillText.call(this, text, ...rest);
    };
  });
}

/** The times below each chart. */
async function drawnTimes(): Promise<string[][]> {
  await page.waitForFunction(
    () => document.querySelectorAll('.plot canvas').length === 7,
    undefined,
    SELDOM,
  );
  return page.evaluate(() => {
    const { drawn } = window as unknown as { drawn: Map<HTMLCanvasElement, string[]> };
    return [...document.querySelectorAll<HTMLCanvasElement>('.plot canvas')].map((canvas) =>
      (drawn.get(canvas) ?? []).filter((text) => text.includes(':')),
    );
  });
}

onOneRuntime('on paper the charts keep their times, and the table its headings', async () => {
  await recordTexts();
  await open(async (route) => route.fulfill({ json: await metrics(['alice']) }));
  await untilText('#rooms', 'alice');
  const before = await page.locator('.plot canvas').nth(6).elementHandle();
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  // They are drawn anew, in the colours of paper.
  await page.waitForFunction((canvas) => !canvas?.isConnected, before, SELDOM);
  for (const times of await drawnTimes()) expect(times.length).toBeGreaterThanOrEqual(2);
  expect(await page.getByRole('columnheader', { name: 'Place' }).isVisible()).toBe(true);
  expect(await page.locator('[data-order=place] button').isVisible()).toBe(true);
  await page.emulateMedia({ media: null, colorScheme: null });
});

onOneRuntime('moves the focus to the heading when the form for the token is gone', async () => {
  await open(async (route) => {
    const isAdmin = route.request().headers().authorization === 'Bearer correct';
    await route.fulfill(isAdmin ? { json: await metrics(['alice']) } : { status: 401 });
  });
  await page.locator('#token-input').fill('correct');
  await page.keyboard.press('Enter');
  await untilText('#rooms', 'alice');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Dashboard');
});

onOneRuntime.each(['en-US@posix', 'de-DE', 'ar-EG', 'ja-JP'])(
  'works where the browser’s language is %s',
  async (language) => {
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await runBefore((it) => {
      Object.defineProperty(Navigator.prototype, 'language', { get: () => it });
    }, language);
    await open(async (route) => route.fulfill({ json: await metrics(['alice']) }));
    await untilText('#rooms', 'alice');
    expect((await tipsAt(1))[1]).toMatch(/^1 /);
    expect(errors).toEqual([]);
  },
);

onOneRuntime.each(['light', 'dark'] as const)(
  'has no fault that axe finds, %s',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open(async (route) => route.fulfill({ json: await metrics(['alice', 'user\u202egpj']) }));
    await untilText('#rooms', 'alice');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: null });
  },
);

onOneRuntime(
  'on a phone each chart has times below it, also with a single point, and nothing scrolls sideways',
  async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await recordTexts();
    await open(async (route) => route.fulfill({ json: await metrics(['alice']) }));
    await untilText('#rooms', 'alice');
    const drawn = await drawnTimes();
    expect(drawn).toHaveLength(7);
    for (const times of drawn) {
      expect(times.length).toBeGreaterThanOrEqual(2);
      expect(new Set(times).size).toBe(times.length);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  },
);

it('says so where the server shows its metrics to nobody, and why', async () => {
  const silent = await startTestServer({ environment: { METRICS: 'off' } });
  try {
    await page.goto(`http://127.0.0.1:${silent.port}/dashboard`);
    await untilText('#status', 'This server shows its metrics to nobody. Nothing is counted');
  } finally {
    await silent.stop();
  }
});

it('shows what a real server counts, to a reader with its admin token', async () => {
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
